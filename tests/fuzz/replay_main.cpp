// The main of a fuzz target where there is no libFuzzer: runs each file of a corpus, then mutations
// of them, the same for the same seed. It knows nothing of coverage; it is a test that a target
// still stands, not a search.
//   <name>_fuzz [--runs N] [--seconds S] [--seed N] FILE-OR-FOLDER...
// The input that is being run stands in <program>.input in the working folder; it stays when the
// program dies, to be run again as the only argument with --runs 0.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

constexpr std::size_t input_bytes_max = 4096; // as libFuzzer has it

struct plan {
    std::uint64_t runs = 20'000;
    std::chrono::seconds limit{3};
    std::uint64_t seed = 1;
    std::vector<std::string> paths;
};

[[noreturn]] void give_up(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::exit(2);
}

plan read_arguments(int count, char** arguments) {
    plan wanted;
    for (int at = 1; at < count; ++at) {
        const std::string_view word = arguments[at];
        if (!word.starts_with("--")) {
            wanted.paths.emplace_back(word);
            continue;
        }
        if (at + 1 == count)
            give_up("a number must follow " + std::string(word));
        const auto number = std::strtoull(arguments[++at], nullptr, 10);
        if (word == "--runs")
            wanted.runs = number;
        else if (word == "--seconds")
            wanted.limit = std::chrono::seconds(number);
        else if (word == "--seed")
            wanted.seed = number;
        else
            give_up("unknown option " + std::string(word));
    }
    return wanted;
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        give_up("cannot be read: " + path.string());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Sorted by name, so that every run meets them in the same order.
std::vector<std::string> read_corpus(const std::vector<std::string>& paths) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        if (!std::filesystem::is_directory(path)) {
            files.emplace_back(path);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(path))
            if (entry.is_regular_file())
                files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<std::string> inputs;
    for (const auto& file : files)
        inputs.push_back(text_of(file));
    return inputs;
}

// Keeps the input on disk while it is run: the sanitizers end the process without asking us.
class last_words {
public:
    explicit last_words(std::string path)
        : path_(std::move(path)),
          descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
        if (descriptor_ < 0)
            give_up("cannot be written: " + path_);
    }
    last_words(const last_words&) = delete;
    last_words& operator=(const last_words&) = delete;

    void run(const std::string& input) {
        if (::ftruncate(descriptor_, static_cast<off_t>(input.size())) != 0 ||
            ::pwrite(descriptor_, input.data(), input.size(), 0) !=
                static_cast<ssize_t>(input.size()))
            give_up("cannot be written: " + path_);
        // In memory of exactly its size, so that a read beyond the end is seen.
        const std::vector<std::uint8_t> bytes(input.begin(), input.end());
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }

    void forget() {
        ::close(descriptor_);
        ::unlink(path_.c_str());
    }

private:
    std::string path_;
    int descriptor_;
};

class mutator {
public:
    mutator(std::vector<std::string> corpus, std::uint64_t seed)
        : corpus_(std::move(corpus)), random_(seed) {}

    std::string next() {
        std::string input = corpus_[below(corpus_.size())];
        for (auto edits = 1 + below(6); edits > 0; --edits)
            edit(input);
        if (input.size() > input_bytes_max)
            input.resize(input_bytes_max);
        return input;
    }

private:
    // The same on every machine, which the distributions of <random> don't promise.
    std::size_t below(std::size_t bound) { return random_() % bound; }

    std::string_view piece_of(std::string_view text) {
        const auto from = below(text.size() + 1);
        return text.substr(from, below(std::min<std::size_t>(text.size() - from, 40) + 1));
    }

    char telling_byte() {
        constexpr std::string_view bytes =
            "\n\r\t #/+$%*:,;=\"'\\{}[]-0019azAZ\x01\x7F\x80\xC3\xFF";
        const auto at = below(bytes.size() + 1);
        return at == bytes.size() ? '\0' : bytes[at];
    }

    void edit(std::string& input) {
        const auto at = below(input.size() + 1);
        switch (below(7)) {
        case 0: // one bit
            if (at < input.size())
                input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
            break;
        case 1:
            input.insert(at, 1, telling_byte());
            break;
        case 2:
            if (at < input.size())
                input[at] = telling_byte();
            break;
        case 3:
            input.erase(at, 1 + below(16));
            break;
        case 4: // a piece of its own again
            input.insert(at, std::string(piece_of(input)));
            break;
        case 5: // a piece of another one
            input.insert(at, piece_of(corpus_[below(corpus_.size())]));
            break;
        default: // one byte many times
            input.insert(at, 1 + below(64), telling_byte());
            break;
        }
    }

    std::vector<std::string> corpus_;
    std::mt19937_64 random_;
};

} // namespace

int main(int count, char** arguments) {
    const auto wanted = read_arguments(count, arguments);
    const auto corpus = read_corpus(wanted.paths);
    if (corpus.empty())
        give_up("there is nothing to run: name a corpus");
    const auto began = std::chrono::steady_clock::now();
    const std::filesystem::path program = arguments[0];
    last_words words(program.filename().string() + ".input");
    for (const auto& input : corpus)
        words.run(input);
    mutator mutations(corpus, wanted.seed);
    std::uint64_t done = 0;
    while (done < wanted.runs && std::chrono::steady_clock::now() - began < wanted.limit) {
        words.run(mutations.next());
        ++done;
    }
    words.forget();
    std::printf("%zu inputs and %llu mutations of them\n", corpus.size(),
                static_cast<unsigned long long>(done));
    return 0;
}
