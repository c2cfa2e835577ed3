// Training that is killed at random moments and started again ends with the same bits (users.md, T6, in small).

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "lexicell/base/error.h"
#include "lexicell/train/train.h"
#include "tests/train/temporary_folder.h"
#include "tests/train/toy_data.h"
#include "tests/train/toy_objective.h"

namespace lexicell {
namespace {

TEST(Kill, TrainingGoesOnBitByBitAfterSigkill) {
    // A forked child inherits no threads: LibTorch's pool must not exist before the fork.
    const ToyData data(110, 24);
    const FeatureBatches batches(data.featurizer, data.source);
    const Split split = random_split(110);
    TrainOptions options;
    options.batch_size = 16;
    options.min_steps = options.max_steps = 400;
    options.learning_rate.initial = 1e-2;
    options.checkpoint_seconds = 0.01;
    const TemporaryFolder folder;

    RandomStream random(random_key(11, 0));
    int killed = 0;
    for (int attempt = 0; attempt < 100; ++attempt) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            at::set_num_threads(1);
            CheckpointStore store(folder.path());
            ToyObjective objective(24);
            train(objective, batches, split, options, silence(), &store);
            ::_exit(0);
        }
        if (killed < 5) std::this_thread::sleep_for(std::chrono::milliseconds(20 + random.below(150)));
        const bool kill_it = killed < 5;
        if (kill_it) ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        killed += WIFSIGNALED(status);
        if (WIFEXITED(status)) {
            ASSERT_EQ(WEXITSTATUS(status), 0);
            break;
        }
    }
    EXPECT_GT(killed, 0);

    at::set_num_threads(1);
    CheckpointStore store(folder.path());
    ToyObjective resumed(24), whole(24);
    const TrainResult after = train(resumed, batches, split, options, silence(), &store);
    const TrainResult straight = train(whole, batches, split, options, silence());
    EXPECT_EQ(after.steps, 400u);
    EXPECT_EQ(resumed.calls, 0u);
    for (std::size_t i = 0; i < whole.parameters().size(); ++i)
        EXPECT_TRUE(whole.parameters()[i].second.equal(resumed.parameters()[i].second));
    ASSERT_EQ(after.history.size(), straight.history.size());
    for (std::size_t i = 0; i < after.history.size(); ++i) EXPECT_EQ(after.history[i].train, straight.history[i].train);
}

}  // namespace
}  // namespace lexicell
