import PluginAPI
import Testing

@testable import Merging

struct MixtureConfigTests {
  private func faults(_ text: String) -> [String] {
    do {
      _ = try MixtureConfig.read(text, source: "moe.yml")
      return []
    } catch let problems as Problems {
      return problems.all.map(\.description)
    } catch { return ["\(error)"] }
  }

  private let good = """
    base_model: base
    gate_mode: cheap_embed
    dtype: bfloat16
    experts_per_token: 1
    experts:
      - source_model: a
        positive_prompts: [one, 2]
        noise_scale: 1e-3
      - source_model: {model: {path: b}}
        positive_prompts: [two]
        negative_prompts: [one]
        residual_scale: 0.5
    """

  @Test func readsEveryKey() throws {
    let config = try MixtureConfig.read(good, source: "moe.yml")
    #expect(config.baseModel == "base" && config.experts.map(\.model) == ["a", "b"])
    #expect(config.gateMode == .cheapEmbed && config.dtype == .bf16)
    #expect(config.expertsPerToken == 1 && config.sharedExpert == nil)
    #expect(config.experts[0].positivePrompts == ["one", "2"])
    #expect(config.experts[0].noiseScale == 1e-3 && config.experts[1].residualScale == 0.5)
    #expect(config.experts[1].negativePrompts == ["one"])
    #expect(config.text == good)
  }

  @Test(arguments: [
    ("gate_mode: cheap_embed", "gate_mod: hidden", "moe.yml:2:1: unknown key 'gate_mod'"),
    ("cheap_embed", "hiden", "did you mean 'hidden'?"),
    ("bfloat16", "float8", "dtype is the text 'float8'"),
    ("experts_per_token: 1", "experts_per_token: 3", "at most the number of experts, 2"),
    ("experts_per_token: 1", "experts_per_token: 0", "at least 1"),
    ("noise_scale: 1e-3", "noise_scale: -1", "noise_scale is the number -1"),
    ("noise_scale: 1e-3", "noise_scal: 1", "did you mean 'noise_scale'?"),
    ("[two]", "two", "a list of texts"), ("[two]", "[]", "has no positive_prompts"),
    ("base_model: base\n", "", "base_model is missing"),
    ("dtype: bfloat16", "architecture: mixtrl", "did you mean 'mixtral'?"),
    ("{path: b}}", "{path: b}, lora: c}", "adapters must be merged"),
    ("source_model: a", "model: a", "source_model is missing"),
  ])
  func saysWhatIsWrongAndWhere(old: String, new: String, message: String) {
    let found = faults(good.replacing(old, with: new))
    #expect(found.contains { $0.contains(message) }, "\(found)")
    #expect(found.allSatisfy { $0.hasPrefix("moe.yml:") }, "\(found)")
  }

  @Test func tellsAllFaultsAtOnce() {
    #expect(faults("basemodel: x\ngate_mode: no\nexperts: 3").count == 4)
    #expect(faults("[]").count == 1)
    #expect(faults("base_model: [").isEmpty == false)
  }

  @Test func equalPromptsCannotRoute() {
    let text = """
      base_model: base
      experts:
        - {source_model: a, positive_prompts: [x]}
        - {source_model: b, positive_prompts: [x]}
      """
    #expect(faults(text).count == 1 && faults(text)[0].contains("same prompts"))
    #expect(faults(text + "\ngate_mode: random").isEmpty)
  }

  @Test func namesArchitecturesAsOthersDo() {
    #expect(MixtureArchitecture.named("Qwen3 MoE") == .qwen3MoE)
    #expect(MixtureArchitecture.named("deepseek") == .deepseek)
    #expect(MixtureArchitecture.named("Mixtral") == .mixtral)
    #expect(MixtureArchitecture.named("gpt") == nil)
  }
}
