# What the process stands on; all of it from Debian's packages (see run and test at the root).
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(SQLite3 3.35 REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# Password files of mosquitto 2.1 hold argon2id. A build without it refuses such files, and says so.
find_path(SLUICE_ARGON2_INCLUDE argon2.h)
find_library(SLUICE_ARGON2_LIBRARY argon2)
add_library(sluice_argon2 INTERFACE)
if(SLUICE_ARGON2_INCLUDE AND SLUICE_ARGON2_LIBRARY)
    target_include_directories(sluice_argon2 SYSTEM INTERFACE ${SLUICE_ARGON2_INCLUDE})
    target_link_libraries(sluice_argon2 INTERFACE ${SLUICE_ARGON2_LIBRARY})
    target_compile_definitions(sluice_argon2 INTERFACE SLUICE_ARGON2)
else()
    message(WARNING "libargon2-dev is not there: password files with argon2id will be refused")
endif()

# Asio and Beast are compiled once, here; every other file sees declarations only, and rooms that use them share a
# precompiled header, so that one changed file rebuilds in seconds.
add_library(sluice_asio STATIC cmake/asio_beast.cpp)
target_compile_definitions(sluice_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                                              BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(sluice_asio PUBLIC Boost::headers Boost::url OpenSSL::SSL OpenSSL::Crypto
                                           Threads::Threads)
target_precompile_headers(sluice_asio INTERFACE ${CMAKE_SOURCE_DIR}/cmake/asio_pch.hpp)
