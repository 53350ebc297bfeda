# Reads native/llama.lock: LLAMA_VERSION, LLAMA_COMMIT, LLAMA_TREE, LLAMA_MIRROR_PACKAGE, LLAMA_MIRROR_BUNDLE.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/llama.lock" entries REGEX "^[A-Z_]+=")
foreach(entry IN LISTS entries)
    string(REGEX MATCH "^([A-Z_]+)=(.*)$" ignored "${entry}")
    set("LLAMA_${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}")
endforeach()
