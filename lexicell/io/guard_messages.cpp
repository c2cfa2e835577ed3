#include "lexicell/io/guard_messages.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lexicell/io/byte_stream.h"

namespace lexicell {

namespace {

enum class Kind : std::uint8_t { warning = 1, info, progress, failure, done };

constexpr std::size_t message_limit = 1 << 16;
constexpr std::size_t text_limit = 8000;    // of one text in a message
constexpr std::size_t messages_limit = 1 << 20;

struct Message {
    std::vector<std::byte> bytes;
    template <class Value>
    void value(Value v) {
        const auto* begin = reinterpret_cast<const std::byte*>(&v);
        bytes.insert(bytes.end(), begin, begin + sizeof v);
    }
    void text(std::string_view t) {
        t = t.substr(0, text_limit);
        value(static_cast<std::uint32_t>(t.size()));
        const auto* begin = reinterpret_cast<const std::byte*>(t.data());
        bytes.insert(bytes.end(), begin, begin + t.size());
    }
    explicit Message(Kind kind) {
        value(std::uint32_t{0});
        value(kind);
    }
    void send(int descriptor) {
        const auto size = static_cast<std::uint32_t>(bytes.size() - sizeof(std::uint32_t));
        std::memcpy(bytes.data(), &size, sizeof size);
        for (std::size_t sent = 0; sent < bytes.size();) {
            const ssize_t wrote = ::write(descriptor, bytes.data() + sent, bytes.size() - sent);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote <= 0) ::_exit(1);  // the parent is gone
            sent += static_cast<std::size_t>(wrote);
        }
    }
};

template <class Value>
Value value_of(ByteReader& in) {
    Value v;
    in.bytes(&v, sizeof v);
    return v;
}

std::string text_of(ByteReader& in) {
    const auto size = value_of<std::uint32_t>(in);
    in.need(size);
    std::string text(size, '\0');
    in.bytes(text.data(), size);
    return text;
}

}  // namespace

void PipeSink::warn(const Warning& warning) {
    Message message(Kind::warning);
    message.text(warning.name);
    message.value(warning.count);
    message.text(warning.detail);
    message.send(descriptor_);
}

void PipeSink::info(std::string_view line) {
    Message message(Kind::info);
    message.text(line);
    message.send(descriptor_);
}

void PipeSink::progress(const Progress& progress) {
    Message message(Kind::progress);
    message.text(progress.stage);
    message.value(progress.done);
    message.value(progress.total);
    message.send(descriptor_);
}

void PipeSink::failed(ErrorKind kind, const ErrorDetail& detail) {
    Message message(Kind::failure);
    message.value(static_cast<std::int32_t>(kind));
    message.value(static_cast<std::uint8_t>(detail.offset.has_value()));
    message.value(detail.offset.value_or(0));
    for (const std::string* text : {&detail.type, &detail.message, &detail.file, &detail.key, &detail.found, &detail.expected, &detail.hint})
        message.text(*text);
    message.send(descriptor_);
}

void PipeSink::done() { Message(Kind::done).send(descriptor_); }

void MessageReader::take(std::span<const std::byte> bytes, Sink& sink) {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    std::size_t at = 0;
    while (pending_.size() - at >= sizeof(std::uint32_t)) {
        std::uint32_t size = 0;
        std::memcpy(&size, pending_.data() + at, sizeof size);
        if (size > message_limit) ByteReader::damaged();
        if (pending_.size() - at - sizeof size < size) break;
        if (++delivered_ > messages_limit) ByteReader::damaged();
        deliver(std::span(pending_).subspan(at + sizeof size, size), sink);
        at += sizeof size + size;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
}

void MessageReader::deliver(std::span<const std::byte> message, Sink& sink) {
    ByteReader in(message);
    switch (value_of<Kind>(in)) {
        case Kind::warning: {
            Warning warning{.name = text_of(in)};
            warning.count = value_of<std::uint64_t>(in);
            warning.detail = text_of(in);
            return sink.warn(warning);
        }
        case Kind::info: return sink.info(text_of(in));
        case Kind::progress: {
            const std::string stage = text_of(in);
            Progress progress{.stage = stage, .done = value_of<std::uint64_t>(in)};
            progress.total = value_of<std::uint64_t>(in);
            return sink.progress(progress);
        }
        case Kind::failure: {
            const auto kind = value_of<std::int32_t>(in);
            const bool has_offset = value_of<std::uint8_t>(in) != 0;
            const auto offset = value_of<std::uint64_t>(in);
            Failure failure{ErrorKind::unreadable, {}};
            for (const ErrorKind known : {ErrorKind::internal, ErrorKind::usage, ErrorKind::precondition, ErrorKind::model, ErrorKind::memory,
                                          ErrorKind::write, ErrorKind::limit})
                if (kind == static_cast<std::int32_t>(known)) failure.kind = known;
            if (has_offset) failure.detail.offset = offset;
            for (std::string* text : {&failure.detail.type, &failure.detail.message, &failure.detail.file, &failure.detail.key, &failure.detail.found,
                                      &failure.detail.expected, &failure.detail.hint})
                *text = text_of(in);
            failure_ = std::move(failure);
            return;
        }
        case Kind::done: done_ = true; return;
    }
    ByteReader::damaged();
}

}  // namespace lexicell
