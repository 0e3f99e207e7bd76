/// How prompts and responses become token ids. The defaults are safe with every template; what
/// the authors of WRPO do is `templating: separate`, `end_token: always`, `response_cut: fixed`.
public struct RowOptions: PluginOptions {
  @Setting("Response = template of the whole minus template of the prompt, or templated alone.")
  public var templating = RowFormat.Templating.joint
  @Setting("End token behind each response.") public var endToken = RowTokenizer.EndToken.ifMissing
  @Setting("Which end of a long prompt stays.")
  public var truncationMode = TruncationRule.PromptEnd.keepEnd
  @Setting("What stays of responses that do not fit: max_length - prompt, or - max_prompt_length.")
  public var responseCut = TruncationRule.ResponseCut.fit

  public init() {}

  /// The format for `model`, whose context bounds the lengths of `settings`.
  public func format(_ settings: TrainingSettings, for model: LoadedModel) -> RowFormat {
    RowFormat(
      templating: templating, endToken: endToken,
      truncation: TruncationRule(
        settings, context: model.decoder.config.maximumLength, promptEnd: truncationMode,
        responseCut: responseCut))
  }
}

extension RowFormat.Templating: OptionChoice {}
extension RowTokenizer.EndToken: OptionChoice {}
extension TruncationRule.PromptEnd: OptionChoice {}
extension TruncationRule.ResponseCut: OptionChoice {}
