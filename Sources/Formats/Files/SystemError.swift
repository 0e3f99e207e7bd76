internal import Glibc
internal import Kernels

/// What the last failed system call says, in words.
func systemMessage(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }

/// A problem for a failed call on `path`: missing files are 66, full or forbidden places 73, the
/// rest 74.
func systemProblem(_ doing: String, _ path: String, _ number: Int32 = errno) -> Problem {
  let kind: Problem.Kind
  var hint: String?
  switch number {
  case ENOENT, ENOTDIR: kind = .missingInput
  case EACCES, EPERM, EROFS:
    kind = .cannotWrite
    hint = "check the permissions"
  case ENOSPC, EDQUOT:
    kind = .cannotWrite
    hint = "free some space and run again"
  case EFBIG:
    kind = .cannotWrite
    hint = "a limit on the size of files is in the way: see 'ulimit -f'"
  case ENAMETOOLONG, ELOOP: kind = .usage
  default: kind = .inputOutput
  }
  return Problem(kind, at: path, "cannot \(doing): \(systemMessage(number))", hint: hint)
}

/// As `systemProblem`, for reading: what may not be read is missing input.
func readProblem(_ doing: String, _ path: String, _ number: Int32 = errno) -> Problem {
  var problem = systemProblem(doing, path, number)
  if problem.kind == .cannotWrite { problem.kind = .missingInput }
  return problem
}
