import Merging
import PluginAPI

/// What a finished search says.
struct MergeSearchPage {
  let curve: SearchCurve
  let space: SearchSpace
  let method: SearchMethod
  /// Where the best config lies; nil when nothing was written.
  let folder: String?

  /// The curve, the best values beside those of the start, and how to merge them.
  func printPage() {
    curveTable.show(asJSON: false)
    guard let best = curve.best, let start = curve.evaluations.first else { return }
    print()
    valueTable(start: start, best: best).show(asJSON: false)
    print()
    if let folder {
      print("crucible merge \(shellWord("\(folder)/\(MergeSearchOutput.bestName)")) OUT")
    } else {
      print(space.config(best.values), terminator: "")
    }
  }

  private var curveTable: TextTable {
    var table = TextTable([.init("evaluation"), .init("score"), .init("best")])
    for (evaluation, best) in zip(curve.evaluations, curve.bestScores) {
      table.append([.count(evaluation.number), cell(evaluation.score), cell(best)])
    }
    return table
  }

  private func valueTable(start: SearchEvaluation, best: SearchEvaluation) -> TextTable {
    var table = TextTable([.init("parameter"), .init("start"), .init("best")])
    for (index, coordinate) in space.coordinates.enumerated() {
      table.append([.text(coordinate.name), cell(start.values[index]), cell(best.values[index])])
    }
    table.append([.text("score"), cell(start.score), cell(best.score)])
    return table
  }

  private func cell(_ value: Double?) -> TextTable.Cell {
    value.map { .number($0, places: 4) } ?? .missing
  }

  var json: JSON {
    var object: JSON = [
      "method": .string(method.rawValue),
      "parameters": .array(
        space.coordinates.map { coordinate in
          [
            "name": .string(coordinate.name), "low": .number(coordinate.bounds.lowerBound),
            "high": .number(coordinate.bounds.upperBound), "start": .number(coordinate.start),
          ]
        }),
      "curve": .array(
        zip(curve.evaluations, curve.bestScores).map { evaluation, best in
          var line = evaluation.json
          line["best"] = best.map { .number($0) } ?? .null
          return line
        }),
    ]
    object["start"] = curve.evaluations.first?.json
    object["best"] = curve.best?.json
    object["config"] = curve.best.map { .string(space.config($0.values)) }
    object["command"] = folder.map {
      .string("crucible merge \(shellWord("\($0)/\(MergeSearchOutput.bestName)")) OUT")
    }
    return object
  }
}
