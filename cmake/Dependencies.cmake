# Every foreign library as one imported target. System packages come from apt.txt, torch and assorthead from the
# virtual environment of requirements.txt; `make setup` installs both.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)

set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 REQUIRED COMPONENTS C)
add_library(lexicell_hdf5 INTERFACE)
target_include_directories(lexicell_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(lexicell_hdf5 INTERFACE ${HDF5_C_LIBRARIES})
add_library(lexicell::hdf5 ALIAS lexicell_hdf5)

pkg_check_modules(COMPRESSION REQUIRED IMPORTED_TARGET zlib libdeflate libzstd)
find_library(LZF_LIBRARY lzf REQUIRED)
add_library(lexicell_compression INTERFACE)
target_link_libraries(lexicell_compression INTERFACE PkgConfig::COMPRESSION ${LZF_LIBRARY})
add_library(lexicell::compression ALIAS lexicell_compression)
# Codecs that occur inside HDF5 files.
pkg_check_modules(HDF5_CODECS REQUIRED IMPORTED_TARGET liblz4 blosc)
target_link_libraries(lexicell_hdf5 INTERFACE PkgConfig::HDF5_CODECS)

pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
add_library(lexicell::sqlite ALIAS PkgConfig::SQLITE)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
add_library(lexicell::utf8proc ALIAS PkgConfig::UTF8PROC)

find_library(LBFGS_LIBRARY lbfgs REQUIRED)
add_library(lexicell_lbfgs INTERFACE)
target_link_libraries(lexicell_lbfgs INTERFACE ${LBFGS_LIBRARY})
add_library(lexicell::lbfgs ALIAS lexicell_lbfgs)

# A wheel is built by pip's interpreter, which sees what pyproject.toml requires; a fresh clone has no .venv.
set(python ${CMAKE_SOURCE_DIR}/.venv/bin/python)
if(SKBUILD AND NOT EXISTS ${python})
  set(python ${Python_EXECUTABLE})
endif()
set(LEXICELL_PYTHON ${python} CACHE FILEPATH "the Python whose torch, assorthead and plotly are built against")
if(NOT EXISTS ${LEXICELL_PYTHON})
  message(FATAL_ERROR "no Python environment at ${LEXICELL_PYTHON}: run `make setup`")
endif()
execute_process(COMMAND ${LEXICELL_PYTHON} -c
  "import importlib.util as u, os; print(';'.join(os.path.dirname(u.find_spec(m).origin) for m in ('torch', 'assorthead', 'plotly')))"
  OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
list(GET found 0 TORCH_ROOT)
list(GET found 1 ASSORTHEAD_ROOT)
list(GET found 2 PLOTLY_ROOT)

add_library(lexicell_assorthead INTERFACE)
target_include_directories(lexicell_assorthead SYSTEM INTERFACE ${ASSORTHEAD_ROOT}/include)
add_library(lexicell::assorthead ALIAS lexicell_assorthead)

# Linking torch, torch_cpu and c10 directly survives both the CPU and the CUDA wheel without a CUDA toolkit.
add_library(lexicell_torch INTERFACE)
target_include_directories(lexicell_torch SYSTEM INTERFACE
  ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include)
target_link_libraries(lexicell_torch INTERFACE
  ${TORCH_ROOT}/lib/libtorch.so ${TORCH_ROOT}/lib/libtorch_cpu.so ${TORCH_ROOT}/lib/libc10.so)
# LibTorch ships its own fmt headers, which stand before the system's; without their library they are used header-only.
target_compile_definitions(lexicell_torch INTERFACE FMT_HEADER_ONLY)
add_library(lexicell::torch ALIAS lexicell_torch)
