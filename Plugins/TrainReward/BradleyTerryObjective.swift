import PluginAPI

/// Bradley-Terry with a margin m, over rows of a chosen and a rejected response:
///
///     L = mean[ −(1 − ε) log σ(r_c − r_r − m) − ε log σ(−(r_c − r_r − m)) + c · (r_c + r_r)² ]
///
/// m as in Llama 2 (2307.09288, 3.2.2), c as in Eisenstein et al. (2312.09244); both as TRL's
/// RewardTrainer has them, whose column and key they are named by.
struct BradleyTerryObjective: SequenceObjective {
  /// c: pulls the two rewards of a pair to mean 0; the loss alone leaves their sum free.
  var centring = 0.0
  /// ε: share of pairs taken to be the wrong way round.
  var labelSmoothing = 0.0

  let sequencesPerRow = 2
  let needsReference = false
  let quantity = SequenceQuantity.scores

  func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult {
    let share = 1 / Double(max(1, batch.updateRows))
    var loss = 0.0
    let gradients = zip(batch.policy, batch.margins).map { rewards, margin in
      let (lead, sum) = (rewards[0] - rewards[1] - margin, rewards[0] + rewards[1])
      let slope = MarginLoss.sigmoid(lead, beta: 1, smoothing: labelSmoothing)
      loss += slope.value + centring * sum * sum
      let pull = 2 * centring * sum
      return [(slope.derivative + pull) * share, (pull - slope.derivative) * share]
    }
    return ObjectiveResult(loss: loss * share, dPolicy: gradients, metrics: metrics(batch.policy))
  }

  private func metrics(_ rewards: [[Double]]) -> [Metric] {
    [
      Metric("rewards/chosen", meanOf: rewards.map { $0[0] }),
      Metric("rewards/rejected", meanOf: rewards.map { $0[1] }),
      Metric("rewards/margins", meanOf: rewards.map { $0[0] - $0[1] }),
      Metric("rewards/accuracies", shareOf: rewards.map { $0[0] > $0[1] }),
      Metric("rewards/mean", meanOf: rewards.joined().map { $0 }),
    ]
  }
}
