#pragma once
// The part of LibTorch that is used: tensors, gradients, modules. The whole of <torch/torch.h> costs every file that sees it
// four times the compile time (19 against 5 s), for data loaders, optimisers and layers that are not used.

#include <torch/autograd.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>
