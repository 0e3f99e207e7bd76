internal import Glibc

/// 1 / (1 + e^−z), without overflow.
public func sigmoid(_ z: Double) -> Double {
  if z >= 0 { return 1 / (1 + exp(-z)) }
  let e = exp(z)
  return e / (1 + e)
}

/// log(1 + e^z), exact in both tails.
public func softplus(_ z: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }

/// log σ(z).
public func logSigmoid(_ z: Double) -> Double { -softplus(-z) }
