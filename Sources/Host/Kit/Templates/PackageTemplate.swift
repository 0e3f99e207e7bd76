/// What makes a plugin's folder a SwiftPM package too: it builds against the core that is there, not
/// against its source, so that nothing of it is compiled again.
enum PackageTemplate {
  static let files: [(path: String, text: String)] = [
    ("Package.swift", package), ("Core/module.modulemap", CoreModules.map()),
    (".gitignore", ".build/\n"),
  ]

  private static let package = #"""
    // swift-tools-version: 6.2
    // swift build -c release                                      makes .build/release/lib{{Module}}.so
    // CRUCIBLE_PLUGIN_PATH=$PWD/.build/release crucible …         uses it from there
    import PackageDescription

    /// Folder of libCrucibleCore.so; another machine has another.
    let core = Context.environment["CRUCIBLE_CORE"] ?? "{{core}}"
    /// Folder of the core's modules. Core/ stands in for the C modules inside it.
    let modules = Context.environment["CRUCIBLE_MODULES"] ?? "{{include}}"

    let package = Package(
      name: "{{name}}",
      products: [.library(name: "{{Module}}", type: .dynamic, targets: ["{{Module}}"])],
      targets: [
        .target(
          name: "{{Module}}", path: "Sources",
          swiftSettings: [.unsafeFlags(["-I", modules, "-I", "\(Context.packageDirectory)/Core"])],
          linkerSettings: [
            .unsafeFlags(["-L", core, "-Xlinker", "-rpath", "-Xlinker", core]),
            .linkedLibrary("CrucibleCore"),
          ])
      ],
      swiftLanguageModes: [.v6]
    )

    """#
}
