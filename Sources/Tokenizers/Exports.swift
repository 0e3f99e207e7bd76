public import Kernels
