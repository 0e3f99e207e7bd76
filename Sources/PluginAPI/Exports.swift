@_exported public import Kernels
@_exported public import Modeling
