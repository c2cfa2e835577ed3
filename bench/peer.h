#pragma once
// Another program that runs the same work, kept alive between rounds: one command a line in, one JSON line out.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace lexicell {

class Peer {
public:
    explicit Peer(std::vector<std::string> command) {
        int to[2], from[2];
        if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        std::vector<char*> arguments;
        for (auto& word : command) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(to[0], 0);
            ::dup2(from[1], 1);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(to[0]);
        ::close(from[1]);
        in_ = ::fdopen(to[1], "w");
        out_ = ::fdopen(from[0], "r");
    }
    ~Peer() {
        std::fclose(in_);  // the end of its input ends the peer
        std::fclose(out_);
        ::waitpid(child_, nullptr, 0);
    }
    Peer(const Peer&) = delete;

    nlohmann::json read() {
        std::string line;
        for (int c; (c = std::fgetc(out_)) != EOF && c != '\n';) line += static_cast<char>(c);
        if (line.empty()) throw std::runtime_error("the peer ended without an answer");
        return nlohmann::json::parse(line);
    }
    nlohmann::json ask(const std::string& command) {
        std::fprintf(in_, "%s\n", command.c_str());
        std::fflush(in_);
        return read();
    }

private:
    pid_t child_;
    FILE *in_, *out_;
};

}  // namespace lexicell
