import Kernels

/// Finds the places where a pre-tokenizer cuts.
protocol MatchFinder: Sendable {
  /// Appends the matches in `text`, in order and apart, as ranges of `text`.
  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) throws(Problem)
}

/// What becomes of a match (a delimiter) and its neighbours.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// Cuts every piece at the matches of a finder.
struct SplitPreTokenizer: PreTokenizer {
  let finder: any MatchFinder
  let behavior: SplitBehavior
  /// Matches are what to keep and the text between them is the delimiter.
  var isInverted = false

  func apply(to segment: inout Segment, _ scratch: EncodeScratch) throws(Problem) {
    var result: [Piece] = scratch.takePieces()
    result.reserveCapacity(segment.pieces.count + segment.text.count / 4)
    var matches = scratch.takePieces()
    var failure: Problem?
    segment.text.bytes.withUnsafeBufferPointer { bytes in
      for piece in segment.pieces {
        let text = UnsafeBufferPointer(rebasing: bytes[piece.range])
        matches.removeAll(keepingCapacity: true)
        do throws(Problem) {
          try finder.findMatches(in: text, into: &matches, scratch)
        } catch {
          failure = error
          return
        }
        cut(piece, at: matches, into: &result)
      }
    }
    scratch.giveBack(matches)
    if let failure { throw failure }
    swap(&segment.pieces, &result)
    scratch.giveBack(result)
  }

  /// Appends the parts of `piece`.
  private func cut(_ piece: Piece, at matches: [Piece], into result: inout [Piece]) {
    let count = Int(piece.end - piece.start)
    switch behavior {
    case .isolated:
      var position = 0
      for match in matches {
        emit(position, Int(match.start), of: piece, into: &result)
        emit(Int(match.start), Int(match.end), of: piece, into: &result)
        position = Int(match.end)
      }
      emit(position, count, of: piece, into: &result)
    case .removed:
      for part in parts(matches, count) where !part.isMatch {
        emit(part.start, part.end, of: piece, into: &result)
      }
    case .contiguous, .mergedWithPrevious:
      for part in mergedForward(parts(matches, count)) {
        emit(part.start, part.end, of: piece, into: &result)
      }
    case .mergedWithNext:
      for part in mergedBackward(parts(matches, count)) {
        emit(part.start, part.end, of: piece, into: &result)
      }
    }
  }

  private typealias Part = (start: Int, end: Int, isMatch: Bool)

  /// Matches and the gaps between them.
  private func parts(_ matches: [Piece], _ count: Int) -> [Part] {
    var parts: [Part] = []
    parts.reserveCapacity(2 * matches.count + 1)
    var position = 0
    for match in matches {
      if position < Int(match.start) { parts.append((position, Int(match.start), isInverted)) }
      parts.append((Int(match.start), Int(match.end), !isInverted))
      position = Int(match.end)
    }
    if position < count { parts.append((position, count, isInverted)) }
    return parts
  }

  private func mergedForward(_ parts: [Part]) -> [Part] {
    var result: [Part] = []
    var wasMatch = false
    for part in parts {
      let joins =
        behavior == .contiguous ? part.isMatch == wasMatch : part.isMatch && !wasMatch
      if joins, !result.isEmpty {
        result[result.count - 1].end = part.end
      } else {
        result.append(part)
      }
      wasMatch = part.isMatch
    }
    return result
  }

  private func mergedBackward(_ parts: [Part]) -> [Part] {
    var result: [Part] = []
    var wasMatch = false
    for part in parts.reversed() {
      if part.isMatch, !wasMatch, !result.isEmpty {
        result[result.count - 1].start = part.start
      } else {
        result.append(part)
      }
      wasMatch = part.isMatch
    }
    return result.reversed()
  }

  @inline(__always)
  private func emit(_ start: Int, _ end: Int, of piece: Piece, into result: inout [Piece]) {
    guard start < end else { return }
    result.append(Piece(Int(piece.start) + start, Int(piece.start) + end))
  }
}
