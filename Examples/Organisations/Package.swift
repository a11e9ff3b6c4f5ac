// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as a user of Stepwell would write it: it sees the public product and nothing else.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Organisations",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "organisations-worker", targets: ["OrganisationsWorker"])],
    dependencies: [.package(name: "stepwell", path: "../..")],
    targets: [
        .systemLibrary(name: "CSQLite3", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "Organisations", dependencies: [.product(name: "Stepwell", package: "stepwell"), "CSQLite3"],
            swiftSettings: strict),
        .executableTarget(
            name: "OrganisationsWorker",
            dependencies: ["Organisations", .product(name: "Stepwell", package: "stepwell")],
            swiftSettings: strict),
        .testTarget(
            name: "OrganisationsTests",
            dependencies: ["Organisations", .product(name: "Stepwell", package: "stepwell")],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
