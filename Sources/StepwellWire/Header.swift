/// The protocol's header names.
package enum Header {
    package static let account = "account-id"
    package static let authorization = "Authorization"
    package static let environment = "X-Inngest-Env"
    package static let eventIDSeed = "X-Inngest-Event-Id-Seed"
    package static let expectedServerKind = "X-Inngest-Expected-Server-Kind"
    package static let framework = "X-Inngest-Framework"
    package static let generation = "X-Inngest-Generation-Id"
    package static let job = "X-Inngest-Job-Id"
    package static let noRetry = "X-Inngest-No-Retry"
    package static let platform = "X-Inngest-Platform"
    package static let requestID = "X-Request-Id"
    package static let requestVersion = "X-Inngest-Req-Version"
    package static let retryAfter = "Retry-After"
    package static let run = "X-Run-ID"
    package static let sdk = "X-Inngest-SDK"
    package static let serverKind = "X-Inngest-Server-Kind"
    package static let signature = "X-Inngest-Signature"
    package static let step = "X-Inngest-Step-ID"
    package static let syncKind = "X-Inngest-Sync-Kind"

    /// Finds a header's value by its name, whose case must not matter; nil when there is none.
    package typealias Lookup = (_ name: String) -> String?

    /// A look-up in a list of headers.
    package static func lookup(in headers: [(name: String, value: String)]) -> Lookup {
        { name in headers.first { $0.name.lowercased() == name.lowercased() }?.value }
    }
}
