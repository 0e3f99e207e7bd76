/// Wilson's 95 % interval of a share, which stays sensible for few trials and near 0 and 1.
///
/// - Parameters:
///   - share: 0...1.
///   - count: Independent trials, at least 1.
func wilsonInterval(share: Double, count: Int) -> ClosedRange<Double> {
  let (n, z) = (Double(count), 1.959963984540054)
  let middle = share + z * z / (2 * n)
  let spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  return max(0, (middle - spread) / scale)...min(1, (middle + spread) / scale)
}
