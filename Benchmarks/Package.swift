// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as a user of Stepwell would write it: it sees the public product and nothing else. The server is
// the real binary, a process of its own.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "stepwell", path: "..")],
    targets: [
        .systemLibrary(name: "CEpoll"),
        .executableTarget(
            name: "StepwellBench", dependencies: [.product(name: "Stepwell", package: "stepwell"), "CEpoll"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
