// swift-tools-version: 6.2
// Host, plugins and tests. The core they share is the nested package in Sources/.
import PackageDescription

let core = Target.Dependency.product(name: "CrucibleCore", package: "Sources")

let package = Package(
  name: "Crucible",
  products: [
    .executable(name: "crucible", targets: ["Host"])
  ],
  dependencies: [
    .package(path: "Sources"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "Host",
      dependencies: [
        core, "CSQLite", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Host"),
    .systemLibrary(name: "CSQLite", path: "Sources/CSQLite"),
    .target(name: "TestSupport", dependencies: [core], path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "FormatsTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "TokenizersTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "ModelingTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "HostTests", dependencies: [core, "Host", "CSQLite", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
