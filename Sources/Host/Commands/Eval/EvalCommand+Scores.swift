import PluginAPI

extension EvalCommand {
  /// `crucible eval MODEL --data FILE --reward NAME`
  func score(data: String, _ console: Console) throws {
    let prompts = try PromptFile.prompts(path: data)
    let rewards = try (reward.isEmpty ? ["verifiable"] : reward).map {
      try makeReward($0, options: [])
    }
    let handle = try CommandModel(model, fewShot: answering.fewShot).handle
    let answers = try handle.answers(
      to: prompts, n: answering.n, settings: answering.settings, seed: answering.seed,
      console: console)
    let completions = handle.completions(prompts, answers)
    let judged = try Judgements(by: rewards, count: completions.count) {
      try $0.judge(completions).map { Double($0.value) }
    }
    let answered = AnswerRecord.records(
      label: handle.name, completions: completions, answers: answers, judgements: judged)
    if let records {
      let rows =
        switch format {
        case .records: answered.map(\.json)
        case .alpaca: answered.map { $0.alpacaOutput(dataset: stem(of: data)) }
        }
      try writeRecords(rows, to: records)
    }
    let table = ResultsTable(rows: [ResultsTable.Row(label: handle.name, records: answered)])
    if json { return print(table.json().serialized(pretty: true)) }
    table.table.show(asJSON: false)
  }
}
