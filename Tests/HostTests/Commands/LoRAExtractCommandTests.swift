import Testing

@testable import Host

/// What `crucible model lora-extract` accepts.
struct LoRAExtractCommandTests {
  @Test func readsMergekitsOptions() throws {
    let command = try LoRAExtractCommand.parse([
      "--model", "ft", "--base-model", "b", "out", "--max-rank", "8", "--sv-epsilon", "0.05",
      "--no-distribute-scale", "--embed-lora", "--save-module", "norm", "--save-module", "x",
      "-e", "lm_head", "-i", "q_proj", "--skip-undecomposable", "--dtype", "bf16",
    ])
    #expect(command.base == "b" && command.out == "out" && command.maxRank == 8)
    #expect(command.svEpsilon == 0.05 && !command.distributeScale && command.embedLora)
    #expect(command.saveModule == ["norm", "x"] && command.skipUndecomposable)
    #expect(command.excludeRegex == ["lm_head"] && command.includeRegex == ["q_proj"])
    #expect(command.dtype == .bf16 && command.svd == .auto && command.energy == nil)
  }

  @Test(arguments: [
    ["--model", "ft", "out"], ["--base", "b", "out"], ["--model", "ft", "--base", "b"],
    ["--model", "ft", "--base", "b", "out", "--dtype", "i8"],
    ["--model", "ft", "--base", "b", "out", "--svd", "fast"],
  ])
  func refuses(arguments: [String]) {
    #expect(throws: (any Error).self) { try LoRAExtractCommand.parse(arguments) }
  }
}
