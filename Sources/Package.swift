// swift-tools-version: 6.2
// The core: one dynamic library that the host and every plugin share.
import PackageDescription

let package = Package(
  name: "CrucibleCore",
  products: [
    .library(
      name: "CrucibleCore", type: .dynamic,
      targets: [
        "Kernels", "Formats", "Processes", "SyntaxTrees", "Tokenizers", "Modeling", "PluginAPI",
        "Merging",
      ])
  ],
  targets: [
    .target(
      name: "CKernels", path: "CKernels", cSettings: [.define("_GNU_SOURCE")],
      linkerSettings: [.linkedLibrary("m"), .linkedLibrary("dl")]),
    .target(name: "CProcess", path: "CProcess", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CYAML", path: "CYAML"),
    .systemLibrary(name: "CPCRE2", path: "CPCRE2"),
    .target(name: "Kernels", dependencies: ["CKernels"], path: "Kernels"),
    .target(name: "Formats", dependencies: ["Kernels", "CKernels", "CYAML"], path: "Formats"),
    .target(name: "Processes", dependencies: ["Kernels", "CProcess"], path: "Processes"),
    .target(name: "SyntaxTrees", dependencies: ["Formats"], path: "SyntaxTrees"),
    .target(name: "Tokenizers", dependencies: ["Formats", "CPCRE2"], path: "Tokenizers"),
    .target(name: "Modeling", dependencies: ["Formats", "Tokenizers"], path: "Modeling"),
    .target(name: "PluginAPI", dependencies: ["Modeling"], path: "PluginAPI"),
    .target(name: "Merging", dependencies: ["PluginAPI"], path: "Merging"),
  ],
  swiftLanguageModes: [.v6]
)
