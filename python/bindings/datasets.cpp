#include "python/bindings/datasets.h"

#include <utility>

#include <nanobind/stl/string.h>

#include "python/bindings/arrays.h"
#include "python/bindings/tables.h"

namespace lexicell::python {

namespace {

template <class Member>
void read_members(const nb::dict& slots, const char* slot, std::map<std::string, Member>& out) {
    if (!slots.contains(slot)) return;
    for (const auto& [key, value] : nb::cast<nb::dict>(slots[slot])) {
        Matrix matrix = MatrixView(value).copy();
        std::visit([&](auto&& held) { out.insert_or_assign(nb::cast<std::string>(key), std::forward<decltype(held)>(held)); }, std::move(matrix));
    }
}

template <class Member>
void write_members(nb::dict& slots, const char* slot, std::map<std::string, Member>&& members) {
    if (members.empty()) return;
    nb::dict out;
    for (auto& [key, member] : members)
        out[key.c_str()] = std::visit([](auto&& held) -> nb::object {
            using Held = std::remove_cvref_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, DenseMatrix>) return to_numpy(std::move(held));
            else return python::to_python(std::move(held));
        }, std::move(member));
    slots[slot] = out;
}

}  // namespace

Dataset to_dataset(nb::handle handle) {
    const auto slots = nb::cast<nb::dict>(handle);
    Dataset out{.obs = to_frame(slots["obs"]), .var = to_frame(slots["var"])};
    if (slots.contains("x")) out.x = MatrixView(slots["x"]).copy();
    if (slots.contains("raw")) {
        const nb::object raw = slots["raw"];
        out.raw = Raw{.x = MatrixView(raw[0]).copy(), .var = to_frame(raw[1])};
    }
    read_members(slots, "layers", out.layers);
    read_members(slots, "obsm", out.obsm);
    read_members(slots, "varm", out.varm);
    read_members(slots, "obsp", out.obsp);
    read_members(slots, "varp", out.varp);
    if (slots.contains("uns")) out.uns = to_dict(slots["uns"]);
    return out;
}

nb::object to_python(Dataset&& d) {
    nb::dict out;
    out["obs"] = to_python(std::move(d.obs));
    out["var"] = to_python(std::move(d.var));
    if (d.x) out["x"] = to_python(std::move(*d.x));
    write_members(out, "layers", std::move(d.layers));
    write_members(out, "obsm", std::move(d.obsm));
    write_members(out, "varm", std::move(d.varm));
    write_members(out, "obsp", std::move(d.obsp));
    write_members(out, "varp", std::move(d.varp));
    out["uns"] = to_python(std::move(d.uns));
    return out;
}

}  // namespace lexicell::python
