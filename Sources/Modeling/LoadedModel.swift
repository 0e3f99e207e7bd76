/// A decoder with its tokenizer, chat template and end tokens.
public final class LoadedModel: Sendable {}
