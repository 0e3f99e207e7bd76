internal import Kernels

/// Prompts with one answer or none.
extension DataSchema {
  /// A conversation to learn: the last assistant message is the answer.
  static let messages = DataSchema(
    "messages", #"{"messages": [message, …]}"#, recognises: { $0["messages"] != nil }
  ) { reader in
    if let messages = reader.messages("messages") { reader.split(messages) }
  }

  /// `conversations` of ShareGPT and Vicuna.
  static let shareGPT = DataSchema(
    "sharegpt", #"{"conversations": [{"from": "human", "value": "…"}, …]}"#,
    recognises: { $0["conversations"] != nil }
  ) { reader in
    guard let turns = reader.array("conversations") else { return }
    let names = [
      "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant",
      "chatgpt": "assistant", "bard": "assistant", "bing": "assistant", "system": "system",
      "tool": "tool",
    ]
    let messages = turns.enumerated().compactMap { index, turn -> Message? in
      let key = "conversations[\(index)]"
      guard let from = turn["from"]?.string, let role = names[from] else {
        reader.fault("\(key).from", "from must be 'human', 'gpt' or 'system'")
        return nil
      }
      guard let value = turn["value"]?.string else {
        reader.fault("\(key).value", "value must be a string")
        return nil
      }
      return Message(role: role, content: value)
    }
    if messages.count == turns.count { reader.split(messages) }
  }

  /// Stanford Alpaca: the input, if any, follows the instruction after an empty line.
  static let alpaca = DataSchema(
    "alpaca", #"{"instruction": "…", "input": "…", "output": "…"}"#,
    recognises: { $0["instruction"]?.string != nil && $0["prompt"] == nil }
  ) { reader in
    guard let instruction = reader.text("instruction") else { return }
    let input = reader.object["input"]?.string ?? ""
    let prompt = input.isEmpty ? instruction : instruction + "\n\n" + input
    reader.row.prompt = [Message(role: "user", content: prompt)]
    if reader.optional("output") != nil { reader.row.chosen = reader.text("output") }
    reader.reference()
    reader.keep("instruction", "input")
  }

  /// TRL: prompt and completion; texts stand as they are, messages are templated.
  static let promptCompletion = DataSchema(
    "prompt and completion", #"{"prompt": "…", "completion": "…"}"#,
    recognises: { $0["prompt"] != nil && $0["completion"] != nil }
  ) { reader in
    reader.row.chosen = reader.readCompletion()
    reader.reference()
  }

  /// TRL: one completion with a thumb up or down.
  static let unpaired = DataSchema(
    "unpaired preference", #"{"prompt": "…", "completion": "…", "label": true}"#,
    recognises: { $0["completion"] != nil && $0["label"] != nil }
  ) { reader in
    let completion = reader.readCompletion()
    guard let label = reader.required("label")?.bool else {
      reader.fault("label", "label must be true or false")
      return
    }
    if label {
      reader.row.chosen = completion
    } else {
      reader.row.rejected = completion
      (reader.row.rejectedMessages, reader.row.chosenMessages) = (reader.row.chosenMessages, [])
    }
  }

  /// A recorded answer of a model.
  static let promptResponse = DataSchema(
    "prompt and response", #"{"prompt": "…", "response": "…", "model"?: "…", "score"?: 1.0}"#,
    recognises: { $0["prompt"] != nil && $0["response"] != nil }
  ) { reader in
    reader.prompt()
    guard let text = reader.text("response") else { return }
    reader.row.chosen = text
    reader.row.responses = [
      ExampleRow.Response(
        text: text, score: reader.object["score"]?.double,
        model: reader.object["model"]?.string)
    ]
    reader.reference()
  }

  /// GSM8K: a worked solution that ends with `#### ` and the number.
  static let questionAnswer = DataSchema(
    "question and answer", #"{"question": "…", "answer": "… #### 42"}"#,
    recognises: { $0["question"]?.string != nil && $0["answer"] != nil }
  ) { reader in
    reader.prompt("question")
    guard let answer = reader.text("answer") else { return }
    reader.row.chosen = answer
    let parts = PythonText(answer).split(by: "####")
    let last =
      parts.count > 1 ? parts[parts.count - 1].replacing(",", with: "") : PythonText(answer)
    reader.row.reference = last.stripped().string
  }

  /// Text to model, without a prompt.
  static let text = DataSchema(
    "text", #"{"text": "…"}"#, recognises: { $0["text"]?.string != nil }
  ) { reader in
    reader.plainPrompt("")
    reader.row.chosen = reader.text("text")
  }

  /// Prompts to sample answers for, with whatever checks them.
  static let promptOnly = DataSchema(
    "prompts", #"{"prompt": "… or [message, …]", "reference"?: "…"}"#,
    recognises: { $0["prompt"] != nil }
  ) { reader in
    reader.prompt()
    reader.reference()
  }
}

extension RowReader {
  /// A conversation: what comes before the last assistant message is the prompt.
  fileprivate mutating func split(_ messages: [Message]) {
    guard messages.contains(where: { $0.role != "assistant" }) else {
      fault("messages", "a conversation of answers only")
      return
    }
    guard let last = messages.last, last.role == "assistant" else {
      row.prompt = messages
      return
    }
    row.prompt = Array(messages.dropLast())
    row.chosen = last.content
    row.chosenMessages = [last]
  }

  /// `prompt` and `completion`, both texts or both messages.
  fileprivate mutating func readCompletion() -> String? {
    if object["completion"]?.array != nil {
      prompt()
      guard let turns = messages("completion") else { return nil }
      row.chosenMessages = turns
      return ends(turns, withAnswerUnder: "completion")
    }
    if let text = text("prompt") { plainPrompt(text) }
    return text("completion")
  }
}
