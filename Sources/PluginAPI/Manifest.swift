/// What the entry symbol of a plugin points at: plain memory, so that the host can refuse a plugin
/// of another API or toolchain before it touches anything whose layout Swift decides.
///
/// Layout (little endian): u64 magic, u32 API number, u32 zero, pointer to the NUL-terminated
/// toolchain stamp, pointer to a retained `PluginManifest`. 32 bytes.
public enum PluginHeader {
  public static let magic: UInt64 = 0x4355_5243_4942_4C45
  public static let byteCount = 32
  /// The API this core speaks. A plugin carries the number it was compiled against.
  public static let api: UInt32 = 4
  /// The toolchain that compiled this core. Swift has no stable ABI on Linux: both must agree.
  public static let toolchain: StaticString = toolchainStamp()
}

/// The compiler that compiles the *caller*, to the patch level where it is known.
@_alwaysEmitIntoClient
public func toolchainStamp() -> StaticString {
  #if compiler(>=6.5)
    "swift-6.5 or later"
  #elseif compiler(>=6.4)
    "swift-6.4"
  #elseif compiler(>=6.3.2)
    "swift-6.3.2 or later"
  #elseif compiler(>=6.3.1)
    "swift-6.3.1"
  #elseif compiler(>=6.3)
    "swift-6.3"
  #else
    "swift-6.2"
  #endif
}

/// What a plugin registers.
public final class PluginManifest: Sendable {
  public let name: String
  public let version: String
  public let summary: String
  public let adapters: [any ModelAdapter.Type]
  public let rewards: [any RewardModel.Type]
  public let strategies: [any FusionStrategy.Type]
  public let merges: [any MergeMethod.Type]

  public init(
    name: String, version: String, summary: String, adapters: [any ModelAdapter.Type],
    rewards: [any RewardModel.Type], strategies: [any FusionStrategy.Type],
    merges: [any MergeMethod.Type]
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.adapters = adapters
    self.rewards = rewards
    self.strategies = strategies
    self.merges = merges
  }
}

/// The manifest of a plugin, as its entry function returns it.
///
/// The defaults of `api` and `toolchain` are literals that the compiler copies into the plugin:
/// they say what the plugin was built with, not what is loaded. Leave them alone.
///
///     @c(crucible_plugin_Brevity)
///     public func entry() -> UnsafeRawPointer {
///       manifest("Brevity", version: "1.0.0", rewards: [BrevityReward.self])
///     }
///
/// The host calls the entry function once and keeps what it returns for ever. [main thread, once]
public func manifest(
  _ name: String, version: String, summary: String = "",
  adapters: [any ModelAdapter.Type] = [], rewards: [any RewardModel.Type] = [],
  strategies: [any FusionStrategy.Type] = [], merges: [any MergeMethod.Type] = [],
  api: UInt32 = 4,
  toolchain: StaticString = toolchainStamp()
) -> UnsafeRawPointer {
  let content = PluginManifest(
    name: name, version: version, summary: summary, adapters: adapters, rewards: rewards,
    strategies: strategies, merges: merges)
  let header = UnsafeMutableRawPointer.allocate(byteCount: PluginHeader.byteCount, alignment: 8)
  header.storeBytes(of: PluginHeader.magic, as: UInt64.self)
  header.storeBytes(of: api, toByteOffset: 8, as: UInt32.self)
  header.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
  header.storeBytes(
    of: UInt(bitPattern: toolchain.utf8Start), toByteOffset: 16, as: UInt.self)
  header.storeBytes(
    of: UInt(bitPattern: Unmanaged.passRetained(content).toOpaque()), toByteOffset: 24,
    as: UInt.self)
  return UnsafeRawPointer(header)
}
