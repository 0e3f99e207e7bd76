import PluginAPI

@c(crucible_plugin_TaskVectors)
public func entry() -> UnsafeRawPointer {
  manifest(
    "TaskVectors", version: "1.0.0",
    summary: "Arithmetic with what each fine-tuned model has learnt.",
    merges: [
      TaskArithmetic.self, TIES.self, DARELinear.self, DARETIES.self, Breadcrumbs.self,
      BreadcrumbsTIES.self, DELLA.self, DELLALinear.self, SCE.self, RAM.self, RAMPlus.self,
    ])
}

extension MergeContract {
  /// What every method here works with: a base to subtract. Without any other input, or where only
  /// the base has a tensor, the result is the base.
  static func taskVectors(required: Set<String> = []) -> MergeContract {
    MergeContract(base: .required, inputs: 0...1000, missing: .needBase, required: required)
  }
}
