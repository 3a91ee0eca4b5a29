"""Writes names.json, PyTorch's public names, beside this file: python3 docs/site/torch/names.py"""

import inspect
import json
import re
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler, swa_utils
from torch.utils import data

# Parts of back ends, of quantisation and of compilers, and second names of others.
INTERNAL = re.compile(
    r"^(_|cudnn_|mkldnn_|miopen_|fbgemm_|quantize|fake_quantize|q_|sym_|native_|is_vulkan|dequantize"
    r"|int_repr|fused_moving|choose_qparams|conv_tbc|rnn_|lstm$|gru$|lstm_|gru_|quantized_|batch_norm_"
    r"|cond$|while_loop|compile|vmap|embedding_renorm|segment_reduce|resize_as|sparse_"
    r"|absolute$|arc|greater|less|multiply$|divide$|subtract$|negative$|not_equal$|swap|concat|moveaxis"
    r"|clip$|fix$|true_divide|row_stack|inner$|ger$|det$|logdet|slogdet|svd|qr|lu|cholesky|geqrf|orgqr"
    r"|ormqr|pinverse|lobpcg|pca_lowrank|svd_lowrank|triangular_solve|matrix_|linalg|special_|get_|set_"
    r"|is_|can_cast|promote|result_type|import_|from_file|from_dlpack|fork|wait|parse|merge|use_|classproperty"
    r"|typename|are_|autocast|export|hsplit|hspmm|smm|saddmm|sspaddmm|hsmm|init_|initial|align_|unify|prepare"
    r"|read_|obj|to_dlpack|utils|vitals|asarray|as_tensor|scalar_tensor|sgn|rename|refine|names|feature_"
    r"|alpha_dropout|.*_copy$|.*_scatter$|.*_impl$|.*_backward.*|grid_sampler|affine_grid_generator"
    r"|hardshrink_|norm_except_dim)"
)


def functions(module, others=()):
    """Names of functions that are documented, and not in other modules."""
    return sorted(
        name
        for name, value in vars(module).items()
        if callable(value) and not inspect.isclass(value) and not INTERNAL.match(name)
        and name not in others and name[0].islower() and getattr(value, "__doc__", None)
        and not name.endswith("_") and not hasattr(value, "__wrapped_by_boolean_dispatch__")
    )


def classes(module, base, own=True):
    """Names of public classes of a kind."""
    return sorted(
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, base) and not name.startswith("_")
        and (not own or value.__module__.startswith(module.__name__))
        and not re.search(r"Lazy|NonDynamically|FractionalMax", name)
    )


# Functions of torch that are written in Python.
PYTHON = "einsum split norm stft meshgrid unique manual_seed save load cdist block_diag tensordot".split()

tensors = [n for n in functions(torch) if inspect.isbuiltin(getattr(torch, n)) or n in PYTHON]
names = {
    "torch": tensors,
    # what takes functions and gives functions, but those that stand in torch.autograd.functional
    "torch.func": ["functional_call", "jacfwd", "jacrev", "stack_module_state", "vmap"],
    "torch.autograd.functional": ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"],
    "torch.nn": classes(torch.nn, torch.nn.Module),
    "torch.nn.functional": [
        name
        for name in functions(F)
        if name not in tensors and not name.endswith("_with_indices")
        and not re.match(r"has_|handle_|boolean_|multi_head|assert_|grad$|upsample", name)
    ],
    "torch.nn.init": [n for n in vars(torch.nn.init) if n.endswith("_") and not n.startswith("_")],
    "torch.nn.utils": sorted(n for n in ("clip_grad_norm_", "clip_grad_value_", "parameters_to_vector",
                                         "vector_to_parameters", "weight_norm", "spectral_norm", "orthogonal")),
    "torch.optim": classes(torch.optim, torch.optim.Optimizer),
    "torch.optim.lr_scheduler": classes(lr_scheduler, lr_scheduler.LRScheduler),
    "torch.optim.swa_utils": ["AveragedModel", "SWALR", "get_ema_multi_avg_fn", "get_swa_multi_avg_fn", "update_bn"],
    "torch.distributions": sorted(
        name for name in torch.distributions.__all__
        if inspect.isclass(getattr(torch.distributions, name, None)) and not name.endswith("Transform")
        and name not in ("Distribution", "ExponentialFamily")
    ),
    "torch.linalg": sorted(
        name for name, value in vars(torch.linalg).items()
        if callable(value) and not name.startswith("_") and not inspect.isclass(value) and not name.endswith("_ex")
    ),
    "torch.special": sorted(
        name for name, value in vars(torch.special).items()
        if callable(value) and not name.startswith("_") and not inspect.isclass(value)
    ),
    "torch.utils.data": sorted(
        name for name in data.__all__ if not re.match(r"_|DFIter|DataChunk|IterDataPipe|MapDataPipe|argument|"
                                                      r"functional_datapipe|guaranteed|non_det|runtime|default_|get_worker", name)
    ),
}
path = Path(__file__).with_name("names.json")
path.write_text(json.dumps({"version": torch.__version__.split("+")[0], "names": names}, indent=2) + "\n")
print({key: len(value) for key, value in names.items()})
