# llamaspan_find_cuda_device(<variable>): the architectures of this machine's NVIDIA devices ("90", "86;90"), where both
# nvcc and a device are found; else empty.
function(llamaspan_find_cuda_device output)
    set(${output} "" PARENT_SCOPE)
    find_program(LLAMASPAN_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin)
    find_program(LLAMASPAN_NVIDIA_SMI nvidia-smi)
    if(NOT LLAMASPAN_NVCC OR NOT LLAMASPAN_NVIDIA_SMI)
        return()
    endif()
    execute_process(COMMAND "${LLAMASPAN_NVIDIA_SMI}" --query-gpu=compute_cap --format=csv,noheader
        OUTPUT_VARIABLE capabilities RESULT_VARIABLE result ERROR_QUIET TIMEOUT 30)
    if(NOT result EQUAL 0)
        return()
    endif()
    string(REGEX MATCHALL "[0-9]+\\.[0-9]+" architectures "${capabilities}")
    list(TRANSFORM architectures REPLACE "\\." "")
    list(REMOVE_DUPLICATES architectures)
    set(${output} "${architectures}" PARENT_SCOPE)
endfunction()
