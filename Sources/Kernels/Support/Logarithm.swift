internal import Glibc

/// The natural logarithm, for files whose own names would hide Glibc's.
func logarithm(_ x: Double) -> Double { log(x) }
