import PluginAPI

/// What a recipe may say of a judge. Options of other modes than the chosen one are checked and
/// otherwise not used.
struct JudgeOptions: PluginOptions {
  @Setting("The judging model: a path, or a mapping as in sources.") var model: ModelHandle?
  @Setting("Rate each response, answer questions about it, or compare those of a prompt.")
  var mode = Mode.pointwise
  @Setting("From probabilities of the next word or from a written reply [as the model allows].")
  var read: Reading?
  @Setting("Longest written reply, in tokens.", in: 1...100_000) var maxTokens = 256
  @Setting(
    "Your own question, with {prompt} {response} {reference} {question} {a} {b} {min} {max}.")
  var rubric: String?
  @Setting("File that statistics of the judge are written to, as JSON.") var report: FilePath?

  @Setting("pointwise: lowest and highest rating.") var scale = [1, 10]

  @Setting("questions: 'code', or a list of {ask, good: yes or no, weight, name}.")
  var questions: YAMLNode?
  @Setting("questions: score by probabilities instead of by answers.") var soft = false
  @Setting("questions: take off each question's mean log-odds: none, prompt, or a FILE of rows.")
  var calibrate = Calibration.none

  @Setting("pairwise: the other responses of the prompt, or the row's reference.")
  var against = Opponent.others
  @Setting("pairwise: opponents of a response; 0 is all others.", in: 0...1_000_000)
  var opponents = 0
  @Setting("pairwise: mean win probability, or strengths of a Bradley-Terry fit.")
  var strength = Strength.wins
  @Setting("pairwise: precision of the prior on the strengths.", in: 1e-6...1e6) var ridge = 0.1
  @Setting("pairwise: who meets whom where opponents are limited.", in: 0...) var seed = 0

  init() {}

  enum Mode: String, OptionChoice { case pointwise, questions, pairwise }
  enum Reading: String, OptionChoice { case logits, written }
  enum Opponent: String, OptionChoice { case others, reference }
  enum Strength: String, OptionChoice {
    case wins
    case bradleyTerry = "bradley-terry"
  }

  /// Where the mean answers come from that are subtracted.
  enum Calibration: OptionValue, Equatable {
    case none
    /// The responses of the same prompt.
    case prompt
    /// Rows {"prompt", "response"} of a file.
    case file(String)

    static var typeText: String { "none, prompt or a path" }
    static var schema: JSON { ["type": "string"] }
    var optionText: String {
      switch self {
      case .none: "none"
      case .prompt: "prompt"
      case .file(let path): path
      }
    }
    static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Calibration {
      guard let text = node.string, !text.isEmpty else { throw mismatch(node) }
      switch text {
      case "none": return .none
      case "prompt": return .prompt
      default: return .file(context.resolve(text))
      }
    }
  }

  /// Throws where the user's rubric lacks what it must show.
  func checkRubric(shows names: [String]) throws {
    guard let rubric else { return }
    for name in names where !rubric.contains("{\(name)}") {
      throw OptionError("rubric", quoted(rubric, limit: 40), "must hold {\(name)}")
    }
  }
}
