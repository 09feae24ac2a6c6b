// What /metrics gathers before it is written: families of counters, gauges and histograms in the
// types of prometheus-cpp, which writes them.
#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kith {

struct MetricLabel {
  std::string name;
  std::string value;
};

class Families {
 public:
  using ClientMetric = prometheus::ClientMetric;
  using MetricFamily = prometheus::MetricFamily;
  using MetricType = prometheus::MetricType;

  MetricFamily& add(std::string name, std::string help, MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    return families_.back();
  }
  void counter(std::string name, std::string help, double value) {
    one(add(std::move(name), std::move(help), MetricType::Counter), {}, value);
  }
  void gauge(std::string name, std::string help, double value) {
    one(add(std::move(name), std::move(help), MetricType::Gauge), {}, value);
  }
  static void one(MetricFamily& family, std::vector<MetricLabel> labels, double value) {
    ClientMetric metric;
    for (MetricLabel& label : labels) {
      metric.label.push_back({std::move(label.name), std::move(label.value)});
    }
    metric.counter.value = value;
    metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  // `buckets` holds counts per bucket, one more than there are bounds.
  void histogram(std::string name, std::string help, std::span<const double> bounds,
                 std::span<const std::uint64_t> buckets, double sum) {
    ClientMetric metric;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      count += buckets[i];
      const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = sum;
    add(std::move(name), std::move(help), MetricType::Histogram)
        .metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

}  // namespace kith
