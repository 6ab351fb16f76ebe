// SPDX-License-Identifier: BSD-2-Clause
//
// The limit against which the Python bench is measured: the same verilated engine with its ports
// driven straight from memory, no Python, no files, no bench in SystemVerilog.
//
// Usage: bench_main STIMULUS. Plays the commands, then all frames without a gap and with a sink that
// is always ready, compares every beat and its metadata, and prints one line of JSON. Timed is what
// the Python bench times too: from the first frame's first byte to the last comparison.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

namespace {

constexpr size_t kBeat = DATA_W / 8;
constexpr size_t kCmdBeat = 16;
constexpr size_t kCompletion = 32;
constexpr size_t kUser = 20;
constexpr uint64_t kStuck = 10'000'000;
constexpr uint32_t kControl = 0x010;
constexpr uint32_t kEnable = 1;

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "bench_main: %s\n", why.c_str());
    std::exit(1);
}

struct Frame {
    uint32_t size;
    const char* user;
    const char* sent;
    const char* expected;
};

struct Command {
    uint32_t size;
    const char* data;
};

// The file of tools/bench/stimulus.py.
class Stimulus {
public:
    explicit Stimulus(const char* path) {
        std::ifstream file(path, std::ios::binary);
        data_.assign(std::istreambuf_iterator<char>(file), {});
        if (std::string(take(8), 8) != "TLSRXST1") fail(std::string(path) + ": not a stimulus file");
        const uint32_t commands = word(), frames = word();
        take(8);  // the measured window: of no interest here
        for (uint32_t i = 0; i < commands; ++i) {
            const uint32_t size = word();
            this->commands.push_back({size, take(size)});
        }
        for (uint32_t i = 0; i < frames; ++i) {
            Frame frame{};
            frame.size = word();
            frame.user = take(kUser);
            frame.sent = take(frame.size);
            frame.expected = take(frame.size);
            this->frames.push_back(frame);
        }
    }
    std::vector<Command> commands;
    std::vector<Frame> frames;

private:
    const char* take(size_t size) {
        if (at_ + size > data_.size()) fail("the stimulus file is cut off");
        const char* here = data_.data() + at_;
        at_ += size;
        return here;
    }
    uint32_t word() {
        uint32_t value;
        std::memcpy(&value, take(4), 4);
        return value;
    }
    std::vector<char> data_;
    size_t at_ = 0;
};

class Engine {
public:
    Engine() : top_(&context_) {
        context_.randReset(2);
        top_.rst_i = 1;
        for (int i = 0; i < 16; ++i) cycle();
        top_.rst_i = 0;
        for (int i = 0; i < 16; ++i) cycle();
        top_.m_axis_rx_tready = 1;
        top_.m_axis_cpl_tready = 1;
        top_.s_axil_bready = 1;
    }

    uint64_t cycles() const { return cycles_; }

    void enable() {
        top_.s_axil_awaddr = kControl;
        top_.s_axil_wdata = kEnable;
        top_.s_axil_wstrb = 0xf;
        top_.s_axil_awvalid = top_.s_axil_wvalid = 1;
        for (bool done = false; !done;) {
            settle();
            const bool aw = top_.s_axil_awvalid && top_.s_axil_awready;
            const bool w = top_.s_axil_wvalid && top_.s_axil_wready;
            done = top_.s_axil_bvalid;
            edge();
            if (aw) top_.s_axil_awvalid = 0;
            if (w) top_.s_axil_wvalid = 0;
        }
    }

    // One command, and its completion with status 0.
    void command(const Command& command) {
        if (command.size % kCmdBeat != 0) fail("a command is not whole beats");
        size_t sent = 0, got = 0;
        char completion[kCompletion];
        const uint64_t limit = cycles_ + kStuck;
        while (got < kCompletion) {
            top_.s_axis_cmd_tvalid = sent < command.size;
            if (sent < command.size) {
                std::memcpy(&top_.s_axis_cmd_tdata, command.data + sent, kCmdBeat);
                top_.s_axis_cmd_tkeep = 0xffff;
                top_.s_axis_cmd_tlast = sent + kCmdBeat >= command.size;
            }
            settle();
            const bool taken = top_.s_axis_cmd_tvalid && top_.s_axis_cmd_tready;
            if (top_.m_axis_cpl_tvalid) {
                std::memcpy(completion + got, &top_.m_axis_cpl_tdata, kCmdBeat);
                got += kCmdBeat;
            }
            edge();
            if (taken) sent += kCmdBeat;
            if (cycles_ > limit) fail("a command does not complete");
        }
        top_.s_axis_cmd_tvalid = 0;
        if (completion[1] != 0) fail("a command was refused");
    }

    // All frames in and out; every byte and the metadata compared.
    void play(const std::vector<Frame>& frames) {
        size_t in = 0, in_at = 0, out = 0, out_at = 0;
        bool fresh = true;
        const uint64_t limit = cycles_ + kStuck;
        while (out < frames.size()) {
            if (fresh) offer(frames, in, in_at);
            settle();
            fresh = top_.s_axis_rx_tvalid && top_.s_axis_rx_tready;
            if (fresh) {
                in_at += kBeat;
                if (in_at >= frames[in].size) ++in, in_at = 0;
            }
            if (top_.m_axis_rx_tvalid) {
                check(frames[out], out, out_at);
                out_at += kBeat;
                if (out_at >= frames[out].size) ++out, out_at = 0;
            }
            edge();
            if (cycles_ > limit) fail("stuck");
        }
    }

private:
    void settle() {
        top_.clk_i = 0;
        top_.eval();
    }
    void edge() {
        top_.clk_i = 1;
        top_.eval();
        ++cycles_;
    }
    void cycle() {
        settle();
        edge();
    }

    void offer(const std::vector<Frame>& frames, size_t in, size_t at) {
        top_.s_axis_rx_tvalid = in < frames.size();
        if (in == frames.size()) return;
        const Frame& frame = frames[in];
        const size_t left = frame.size - at;
        const bool last = left <= kBeat;
        top_.s_axis_rx_tlast = last;
        if (last) std::memset(&top_.s_axis_rx_tdata, 0, kBeat);
        std::memcpy(&top_.s_axis_rx_tdata, frame.sent + at, last ? left : kBeat);
        top_.s_axis_rx_tkeep = ~uint64_t{0} >> (64 - (last ? left : kBeat));
    }

    void check(const Frame& frame, size_t number, size_t at) {
        const size_t left = frame.size - at;
        const bool last = left <= kBeat;
        const size_t size = last ? left : kBeat;
        const bool good = top_.m_axis_rx_tlast == last
            && uint64_t{top_.m_axis_rx_tkeep} == ~uint64_t{0} >> (64 - size)
            && std::memcmp(&top_.m_axis_rx_tdata, frame.expected + at, size) == 0
            && std::memcmp(&top_.m_axis_rx_tuser, frame.user, kUser) == 0;
        if (!good) fail("frame " + std::to_string(number) + " differs at byte " + std::to_string(at));
    }

    VerilatedContext context_;
    Vtop top_;
    uint64_t cycles_ = 0;
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) fail("usage: bench_main STIMULUS");
    const Stimulus stimulus(argv[1]);
    Engine engine;
    engine.enable();
    for (const Command& command : stimulus.commands) engine.command(command);
    const uint64_t start = engine.cycles();
    const double before = cpu_seconds();
    engine.play(stimulus.frames);
    const double spent = cpu_seconds() - before;
    std::printf("{\"cpu_s\": %.6f, \"cycles\": %llu, \"frames\": %zu}\n", spent,
                static_cast<unsigned long long>(engine.cycles() - start), stimulus.frames.size());
    return 0;
}
