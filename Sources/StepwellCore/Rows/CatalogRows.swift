import StepwellModel

/// An app as it registered itself: a worker's URL and what it said of itself.
package struct AppRow: Sendable, Hashable {
    package var key: AppKey
    /// The app's id as its SDK chose it, unique among apps.
    package var name: String
    package var id: UUIDBytes
    /// Where its functions are called.
    package var url: String
    /// Language and version of its SDK, such as `swift:v0.1.0`.
    package var sdk: String
    package var framework: String?
    package var version: String?
    /// SHA-256 of the registration, so that an unchanged one is recognised.
    package var checksum: String
    package var syncedAt: Timestamp
    /// Why the last registration was refused or the app could not be reached; nil when all is well.
    package var error: String?
    package var removedAt: Timestamp?

    package init(
        key: AppKey, name: String, id: UUIDBytes, url: String, sdk: String, framework: String?, version: String?,
        checksum: String, syncedAt: Timestamp, error: String?, removedAt: Timestamp?
    ) {
        self.key = key
        self.name = name
        self.id = id
        self.url = url
        self.sdk = sdk
        self.framework = framework
        self.version = version
        self.checksum = checksum
        self.syncedAt = syncedAt
        self.error = error
        self.removedAt = removedAt
    }
}

/// A function of an app in its newest version.
package struct FunctionRow: Sendable, Hashable {
    package var key: FunctionKey
    package var appKey: AppKey
    package var id: UUIDBytes
    /// `<app>-<function>`: the composite id that SDKs use in `fnId=`.
    package var slug: String
    /// Raised by one with each change of the configuration; the first is 1.
    package var version: Int
    /// The configuration as it was registered.
    package var configuration: RawJSON
    package var createdAt: Timestamp
    /// Set when a registration no longer contained the function: no new runs, and those that it has go on.
    package var archivedAt: Timestamp?

    package init(
        key: FunctionKey, appKey: AppKey, id: UUIDBytes, slug: String, version: Int, configuration: RawJSON,
        createdAt: Timestamp, archivedAt: Timestamp?
    ) {
        self.key = key
        self.appKey = appKey
        self.id = id
        self.slug = slug
        self.version = version
        self.configuration = configuration
        self.createdAt = createdAt
        self.archivedAt = archivedAt
    }
}
