#pragma once

#include <string>

#include "core/config.h"

namespace segue::admin {

// Paths of the files that come with Segue: the one that the setting names, else ../share/segue
// beside the program (where `cmake --install` puts it), else deploy/ in a folder above the program
// (a clone). Never the current folder: it may be anybody's. All throw std::runtime_error with one
// line that names the setting and where the file was looked for.
std::string topics_path(const AdminConfig& config);
// The text of the Redis functions, whose file is found in the same way.
std::string functions_text(const AdminConfig& config);

// Folders found in the same way: Prometheus' files with console pages and dashboards, and the
// manifests of Kubernetes.
std::string watch_folder();
std::string kubernetes_folder();

}  // namespace segue::admin
