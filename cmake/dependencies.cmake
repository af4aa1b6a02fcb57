# What the process stands on; all of it from Debian's packages (see run and test at the root).
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# Asio and Beast are compiled once, here; every other file sees declarations only, and rooms that use them share a
# precompiled header, so that one changed file rebuilds in seconds.
add_library(sluice_asio STATIC cmake/asio_beast.cpp)
target_compile_definitions(sluice_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                                              BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(sluice_asio PUBLIC Boost::headers Boost::url OpenSSL::Crypto Threads::Threads)
target_precompile_headers(sluice_asio INTERFACE ${CMAKE_SOURCE_DIR}/cmake/asio_pch.hpp)
