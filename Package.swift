// swift-tools-version: 6.2
// Host, plugins and tests. The core they share is the nested package in Sources/.
import PackageDescription

let core = Target.Dependency.product(name: "CrucibleCore", package: "Sources")

/// Every folder of Plugins/; each becomes lib<Name>.so beside the executable.
let plugins = [
  // adapters
  "GGUF",
  "HuggingFace",
  "Recorded",
  // rewards
  "CFunction",
  "Classifier",
  "CodeExecution",
  "Consensus",
  "Ensemble",
  "Judge",
  "Keyword",
  "Length",
  "Perplexity",
  "Process",
  "Similarity",
  "Verifiable",
  // strategies
  "DPO",
  "FuseChat",
  "FuseLLM",
  "Merge",
  "SFT",
  "TrainReward",
  "WRPO",
  // merge methods
  "Calibrated",
  "Elections",
  "Interpolation",
  "Spectral",
  "TaskVectors",
  "WIDEN",
]
/// Plugins that have a folder Tests/<Name>Tests.
let testedPlugins = [
  "CFunction",
  "Calibrated",
  "Classifier",
  "CodeExecution",
  "Consensus",
  "DPO",
  "Elections",
  "Ensemble",
  "FuseChat",
  "FuseLLM",
  "Interpolation",
  "Judge",
  "Keyword",
  "Length",
  "Merge",
  "Perplexity",
  "Process",
  "SFT",
  "Similarity",
  "Spectral",
  "TaskVectors",
  "TrainReward",
  "Verifiable",
  "WIDEN",
  "WRPO",
]

let package = Package(
  name: "Crucible",
  products: [.executable(name: "crucible", targets: ["Host"])]
    + plugins.map { .library(name: $0, type: .dynamic, targets: [$0]) },
  dependencies: [
    .package(path: "Sources"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "Host",
      dependencies: [
        core, "CSQLite", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Host"),
    .systemLibrary(name: "CSQLite", path: "Sources/CSQLite"),
    .target(name: "TestSupport", dependencies: [core], path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "FormatsTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "ForeignTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "ProcessesTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "SyntaxTreesTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "TokenizersTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "ModelingTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "MergingTests", dependencies: [core, "TestSupport"]),
    .testTarget(name: "HostTests", dependencies: [core, "Host", "CSQLite", "TestSupport"]),
  ]
    + plugins.map {
      .target(name: $0, dependencies: [core], path: "Plugins/\($0)", exclude: ["README.md"])
    }
    + testedPlugins.map {
      .testTarget(name: "\($0)Tests", dependencies: [core, "TestSupport", .byName(name: $0)])
    },
  swiftLanguageModes: [.v6]
)
