// swift-tools-version:6.2
import PackageDescription

/// Settings every target of ours is compiled with: Swift 6 mode, explicit existentials,
/// imports that stay internal unless said otherwise, and no warning left standing.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A library target of ours, at `Sources/<name>`.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// The tests of one library, at `Tests/<name>Tests`.
///
/// - Parameter data: folders of case files, which tests read where they lie.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], data: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.init(stringLiteral: name), "TestSupport", "JSONText"] + dependencies,
        path: "Tests/\(name)Tests",
        exclude: data,
        swiftSettings: strict
    )
}

let package = Package(
    name: "altan-emulator",
    products: [.executable(name: "altan-emulator", targets: ["CLI"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0", traits: []),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),
        .systemLibrary(name: "CPython", pkgConfig: "python3-embed", providers: [.apt(["libpython3-dev"])]),
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
        .target(name: "CPythonShim", dependencies: ["CPython"]),
        library("JSONText"),
        library("World", ["JSONText"]),
        library("SQLite", ["CSQLite", "World"]),
        .target(
            name: "PostgresSyntax",
            dependencies: ["CPgQuery", "JSONText"],
            swiftSettings: strict,
            linkerSettings: [.linkedLibrary(":libpg_query.a"), .linkedLibrary("m")]
        ),
        library("PostgresTypes", ["SQLite", "World", "JSONText"]),
        .target(
            name: "Snowball",
            dependencies: ["CStemmer"],
            swiftSettings: strict,
            linkerSettings: [.linkedLibrary(":libstemmer.a")]
        ),
        library(
            "PostgresEngine",
            [
                "SQLite", "Snowball", "PostgresSyntax", "PostgresTypes", "World", "JSONText",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]),
        library("PostgREST", ["PostgresEngine", "PostgresSyntax", "PostgresTypes", "SQLite", "World", "JSONText"]),
        library("AltanCloud", ["SQLite", "World", "JSONText"]),
        library(
            "AgentTools", ["AltanCloud", "World", "JSONText", .product(name: "Crypto", package: "swift-crypto")]),
        library(
            "Outbound", ["SQLite", "World", "JSONText", .product(name: "NIOCore", package: "swift-nio")],
            resources: [.embedInCode("Python")]),
        library("WorkerProtocol", ["JSONText"]),
        library(
            "ServiceRuntime",
            [
                "AltanCloud", "WorkerProtocol", "CPythonShim", "World", "JSONText",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        library(
            "PythonWorker", ["CPython", "CPythonShim", "WorkerProtocol", "JSONText"],
            resources: [.embedInCode("Python")]),
        library(
            "EmulatorServer",
            [
                "World", "JSONText", "SQLite", "PostgresTypes", "PostgresEngine", "PostgREST", "AltanCloud",
                "AgentTools",
                "ServiceRuntime", "WorkerProtocol", "PostgresSyntax", "Outbound",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "World", "JSONText", "PostgresSyntax", "EmulatorServer", "PythonWorker", "AltanCloud", "AgentTools",
                "ServiceRuntime",
                "Outbound",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Demo/Billing")],
            swiftSettings: strict,
            // At a fixed address nothing is relocated when the program starts, which is a sixth of what an empty command
            // takes, and the pages that would be changed stay the file's, shared by the host and all its workers.
            linkerSettings: [.unsafeFlags(["-Xclang-linker", "-no-pie"], .when(configuration: .release))]
        ),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"], swiftSettings: strict),
        tests("World"),
        tests("SQLite"),
        tests("PostgresSyntax"),
        tests("PostgresTypes", data: ["Cases"]),
        tests(
            "PostgresEngine", ["PostgresSyntax", "PostgresTypes", "SQLite", "World"],
            data: ["Execution/Cases", "Functions/Cases"]),
        tests("PostgREST", ["PostgresEngine", "PostgresTypes", "SQLite", "World"], data: ["Cases"]),
        tests("AltanCloud", ["SQLite", "World"]),
        tests("AgentTools", ["AltanCloud", "SQLite", "World"]),
        tests("WorkerProtocol"),
        tests("Outbound", ["World", .product(name: "NIOCore", package: "swift-nio")]),
        tests("ServiceRuntime", ["WorkerProtocol", "World"]),
        tests(
            "EmulatorServer",
            [
                "AltanCloud", "PostgREST", "PostgresEngine", "World",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
