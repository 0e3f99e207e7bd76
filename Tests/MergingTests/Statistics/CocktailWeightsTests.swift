import Merging
import Testing

struct CocktailWeightsTests {
  @Test(arguments: [
    (5.0, [0.394321, 0.336018, 0.269661]), (1.0, [0.625431, 0.281024, 0.093545]),
  ])
  func areASoftmaxOfNegativeLosses(temperature: Double, wanted: [Double]) {
    let weights = cocktailWeights(losses: [1.2, 2.0, 3.1], temperature: temperature)
    for (weight, wanted) in zip(weights, wanted) {
      #expect(abs(weight - wanted) < 5e-7, "six decimals are given")
    }
    #expect(weights.count == 3 && abs(weights.reduce(0, +) - 1) < 1e-15)
  }

  @Test func areStableForLargeLossesAndEmptyForNone() {
    #expect(cocktailWeights(losses: [1e6, 1e6]) == [0.5, 0.5])
    #expect(cocktailWeights(losses: [0, 1e6], temperature: 0.1) == [1, 0])
    #expect(cocktailWeights(losses: []) == [])
  }
}
