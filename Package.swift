// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours compiles under the same rules: strict concurrency (Swift 6 mode), explicit existentials, and
/// no warnings. `Sources/*/` files guard the feature names, since a misspelt one would be ignored silently.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What the server allocates with (Docs/decisions/0011). Not in debug builds, since sanitizers bring their own.
let allocator: [LinkerSetting] = [.linkedLibrary("jemalloc", .when(platforms: [.linux], configuration: .release))]

/// A Swift library target of ours; `imports` are its arrows in Docs/architecture.md, checked by the build.
func library(_ name: String, imports: [String] = [], links: [LinkerSetting] = []) -> Target {
    .target(name: name, dependencies: imports.map { .byName(name: $0) }, swiftSettings: strict, linkerSettings: links)
}

/// The test target that mirrors `target`.
func tests(_ target: String, imports: [String] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(target)Tests",
        dependencies: ([target] + imports).map { .byName(name: $0) },
        resources: resources,
        swiftSettings: strict)
}

let package = Package(
    name: "stepwell",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Stepwell", targets: ["Stepwell"]),
        .executable(name: "stepwell", targets: ["StepwellCLI"]),
    ],
    targets: [
        // 0: C libraries, thin.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CWriteAhead", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CLLHTTP"),
        .target(name: "CServerFiles", exclude: ["openapi.json"]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),

        // 0–1: values and the expression language.
        // Rounding a double calls the C library's mathematics, which nothing links unless something imports it.
        library("StepwellModel", links: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        library("StepwellExpressions", imports: ["StepwellModel"]),
        library("StepwellHTTP", imports: ["CUV", "CLLHTTP", "CCurl", "COpenSSL", "CZlib"]),

        // 2–3: the state machine, the wire, the store protocol.
        library("StepwellCore", imports: ["StepwellModel", "StepwellExpressions"]),
        library("StepwellWire", imports: ["StepwellModel", "COpenSSL"]),
        library("StepwellStore", imports: ["StepwellModel", "StepwellCore"]),

        // 4: one store each, the engine's shell, the SDK.
        library(
            "StepwellSQLite", imports: ["StepwellModel", "StepwellCore", "StepwellStore", "CSQLite", "CWriteAhead"]),
        library("StepwellEngine", imports: ["StepwellModel", "StepwellExpressions", "StepwellCore", "StepwellStore"]),
        library("Stepwell", imports: ["StepwellModel", "StepwellWire", "StepwellHTTP"]),

        // 5–6: the server and its command line.
        library(
            "StepwellServer",
            imports: [
                "StepwellModel", "StepwellExpressions", "StepwellCore", "StepwellStore", "StepwellEngine",
                "StepwellWire", "StepwellHTTP", "CServerFiles",
            ]),
        .executableTarget(
            name: "StepwellCLI",
            dependencies: [
                "StepwellModel", "StepwellWire", "StepwellHTTP", "StepwellCore", "StepwellStore", "StepwellEngine",
                "StepwellServer", "StepwellSQLite",
            ],
            swiftSettings: strict,
            linkerSettings: allocator),

        // What `make bench` needs from the inside; no product.
        .executableTarget(
            name: "StepwellBenchTool",
            dependencies: ["StepwellModel", "StepwellHTTP", "StepwellCore", "StepwellStore", "StepwellSQLite"],
            swiftSettings: strict,
            linkerSettings: allocator),

        // Tests mirror the targets.
        tests("StepwellModel"),
        tests("StepwellExpressions", imports: ["StepwellModel"]),
        tests("StepwellHTTP", imports: ["CZlib"]),
        tests("StepwellCore", imports: ["StepwellModel", "StepwellExpressions"]),
        tests("StepwellWire", imports: ["StepwellModel"]),
        tests("StepwellStore", imports: ["StepwellModel", "StepwellCore", "StepwellSQLite"]),
        tests(
            "StepwellSQLite",
            imports: ["StepwellModel", "StepwellCore", "StepwellStore", "CSQLite", "CFaultVFS", "StoreHolder"]),
        .target(
            name: "CFaultVFS", path: "Tests/Support/CFaultVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "StoreHolder", dependencies: ["StepwellStore", "StepwellSQLite"], path: "Tests/Support/StoreHolder",
            swiftSettings: strict),
        tests("StepwellEngine", imports: ["StepwellModel", "StepwellCore", "StepwellStore", "PoisonedEngine"]),
        .executableTarget(
            name: "PoisonedEngine", dependencies: ["StepwellModel", "StepwellCore", "StepwellStore", "StepwellEngine"],
            path: "Tests/Support/PoisonedEngine", swiftSettings: strict),
        tests("Stepwell", imports: ["StepwellModel", "StepwellWire", "StepwellHTTP"]),
        tests(
            "StepwellServer",
            imports: [
                "StepwellModel", "StepwellCore", "StepwellWire", "StepwellHTTP", "StepwellEngine", "StepwellStore",
                "StepwellSQLite",
            ]),
        tests(
            "StepwellCLI",
            imports: [
                "StepwellModel", "StepwellHTTP", "StepwellCore", "StepwellStore", "StepwellEngine", "StepwellServer",
                "StepwellSQLite",
            ]),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["StepwellModel", "StepwellExpressions", "StepwellCore", "StepwellStore"],
            swiftSettings: strict),
        .testTarget(
            name: "ModelTests",
            dependencies: ["StepwellModel", "StepwellCore", "StepwellStore"],
            swiftSettings: strict),
        .testTarget(
            name: "ContractTests",
            dependencies: ["StepwellModel", "StepwellWire", "Stepwell"],
            swiftSettings: strict),
        .testTarget(
            name: "ProcessTests",
            dependencies: ["StepwellModel", "StepwellWire", "StepwellHTTP", "Stepwell"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
