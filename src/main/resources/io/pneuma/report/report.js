"use strict";
/* Recomputes, from the predictions that this page carries, every score and interval that it states.
   The definitions are those of Pneuma's evaluation, written out once more for a reader's browser. */
(() => {
  const HALF = 0.5, DRAWS = 2000, TAIL = 0.025, BINS = 15, Z = 1.959963984540054, NEAR = 1e-6;
  const NAMES = ["accuracy", "precision", "recall", "specificity", "npv", "f1", "balancedAccuracy",
    "mcc", "rocAuc", "prAuc", "brier", "ece"];
  const OF_A_CLASS = ["precision", "recall", "specificity", "npv", "f1", "rocAuc", "prAuc"];

  /* Matsumoto and Nishimura's MT19937, seeded by an array of two. */
  class Twister {
    constructor(seed) {
      const long = BigInt.asUintN(64, BigInt(seed));
      const key = [Number(long >> 32n) | 0, Number(long & 0xffffffffn) | 0];
      const mt = this.mt = new Int32Array(624);
      mt[0] = 19650218;
      for (let i = 1; i < 624; i++) {
        mt[i] = Math.imul(1812433253, mt[i - 1] ^ (mt[i - 1] >>> 30)) + i;
      }
      let i = 1, j = 0;
      for (let k = 624; k > 0; k--) {
        mt[i] = (mt[i] ^ Math.imul(mt[i - 1] ^ (mt[i - 1] >>> 30), 1664525)) + key[j] + j;
        if (++i >= 624) { mt[0] = mt[623]; i = 1; }
        if (++j >= 2) { j = 0; }
      }
      for (let k = 623; k > 0; k--) {
        mt[i] = (mt[i] ^ Math.imul(mt[i - 1] ^ (mt[i - 1] >>> 30), 1566083941)) - i;
        if (++i >= 624) { mt[0] = mt[623]; i = 1; }
      }
      mt[0] = 0x80000000;
      this.at = 624;
    }
    bits() {
      const mt = this.mt;
      if (this.at >= 624) {
        for (let k = 0; k < 624; k++) {
          const y = (mt[k] & 0x80000000) | (mt[(k + 1) % 624] & 0x7fffffff);
          mt[k] = mt[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
        }
        this.at = 0;
      }
      let y = mt[this.at++];
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      return y ^ (y >>> 18);
    }
    below(n) {
      if ((n & -n) === n) { return Math.floor(n * (this.bits() >>> 1) / 2147483648); }
      for (;;) {
        const bits = this.bits() >>> 1, value = bits % n;
        if (bits - value + (n - 1) <= 2147483647) { return value; }
      }
    }
    share() {
      const high = this.bits() >>> 6, low = this.bits() >>> 6;
      return (high * 67108864 + low) / 4503599627370496;
    }
  }

  const sum = (values) => { let s = 0; for (const v of values) { s += v; } return s; };
  const ones = (n) => new Float64Array(n).fill(1);

  /* Student's quantile at 0.975, from the incomplete beta function's continued fraction. */
  function logGamma(x) {
    let shift = 0;
    while (x < 15) { shift -= Math.log(x++); }
    const y = 1 / (x * x);
    return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI)
      + (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x;
  }
  function beta(x, a, b) {
    if (x > (a + 1) / (a + b + 2)) { return 1 - beta(1 - x, b, a); }
    if (x <= 0) { return 0; }
    let f = 1, c = 1, d = 0;
    for (let m = 0; m < 1000; m++) {
      const half = Math.floor(m / 2);
      const term = m === 0 ? 1 : m % 2 === 0
        ? half * (b - half) * x / ((a + m - 1) * (a + m))
        : -(a + half) * (a + b + half) * x / ((a + m - 1) * (a + m));
      d = 1 / (1 + term * d || 1e-300);
      c = 1 + term / c || 1e-300;
      f *= c * d;
      if (m > 0 && Math.abs(1 - c * d) < 1e-15) { break; }
    }
    const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b)
      + a * Math.log(x) + b * Math.log1p(-x)) / a;
    return front * (f - 1);
  }
  const quantiles = new Map();
  function student(degrees) {
    const df = degrees > 1 ? degrees : 1;
    if (!quantiles.has(df)) {
      let low = 0, high = 100;
      for (let i = 0; i < 200; i++) {
        const t = (low + high) / 2;
        if (beta(df / (df + t * t), df / 2, 0.5) / 2 > TAIL) { low = t; } else { high = t; }
      }
      quantiles.set(df, (low + high) / 2);
    }
    return quantiles.get(df);
  }

  class Patients {
    constructor(names, labels) {
      const indices = new Map(), classes = [];
      this.patient = names.map((name, i) => {
        if (!indices.has(name)) { indices.set(name, indices.size); classes.push(new Set()); }
        classes[indices.get(name)].add(labels[i]);
        return indices.get(name);
      });
      this.count = indices.size;
      const byClasses = new Map();
      classes.forEach((of, index) => {
        const key = "[" + [...of].sort((a, b) => a - b).join(", ") + "]";
        byClasses.set(key, (byClasses.get(key) || []).concat([index]));
      });
      this.strata = [...byClasses.keys()].sort().map((key) => byClasses.get(key));
      this.stratumOf = [];
      this.strata.forEach((of, s) => of.forEach((p) => { this.stratumOf[p] = s; }));
    }
    effectiveCount() {
      const images = this.sums(ones(this.patient.length));
      return this.patient.length ** 2 / sum(images.map((n) => n * n));
    }
    among(images) {
      return new Set(this.patient.filter((p, i) => images[i])).size;
    }
    draw(random) {
      const times = new Float64Array(this.count);
      for (const stratum of this.strata) {
        for (let k = 0; k < stratum.length; k++) { times[stratum[random.below(stratum.length)]]++; }
      }
      return { times, weights: Float64Array.from(this.patient, (p) => times[p]) };
    }
    sums(influence) {
      const sums = new Float64Array(this.count);
      this.patient.forEach((p, i) => { sums[p] += influence[i]; });
      return sums;
    }
    parts(influence, times) {
      const sums = this.sums(influence);
      const mean = new Float64Array(this.strata.length), squares = new Float64Array(mean.length);
      for (let p = 0; p < this.count; p++) {
        mean[this.stratumOf[p]] += sums[p] / this.strata[this.stratumOf[p]].length;
      }
      for (let p = 0; p < this.count; p++) {
        if (times[p] > 0) {
          squares[this.stratumOf[p]] += times[p] * (sums[p] / times[p] - mean[this.stratumOf[p]]) ** 2;
        }
      }
      return squares.map((q, s) => {
        const size = this.strata[s].length;
        return size > 1 ? q * size / (size - 1) : q;
      });
    }
    variance(influence, times) { return sum(this.parts(influence, times || ones(this.count))); }
    degrees(influence) {
      const parts = this.parts(influence, ones(this.count)), all = sum(parts);
      return all * all / sum(parts.map((v, s) => v * v / Math.max(1, this.strata[s].length - 1)));
    }
    whole(influence) {
      return sum(this.sums(influence).map((s) => s * s)) * this.count / Math.max(1, this.count - 1);
    }
    designEffect(influence) { return this.whole(influence) / sum(influence.map((v) => v * v)); }
  }

  function ratio(part, whole, w) {
    let parts = 0, wholes = 0;
    for (let i = 0; i < w.length; i++) { parts += w[i] * part[i]; wholes += w[i] * whole[i]; }
    const value = parts / wholes;
    return { value, influence: Float64Array.from(w, (v, i) => v * (part[i] - value * whole[i]) / wholes) };
  }
  function mean(scores) {
    return {
      value: sum(scores.map((s) => s.value / scores.length)),
      influence: Float64Array.from(scores[0].influence,
        (v, i) => sum(scores.map((s) => s.influence[i] / scores.length))),
    };
  }
  function matthews(labels, answers, classes, w) {
    const truth = new Float64Array(classes), answered = new Float64Array(classes);
    let right = 0, all = 0;
    for (let i = 0; i < w.length; i++) {
      truth[labels[i]] += w[i]; answered[answers[i]] += w[i];
      right += labels[i] === answers[i] ? w[i] : 0; all += w[i];
    }
    let chance = 0, answeredSpread = all * all, truthSpread = all * all;
    for (let k = 0; k < classes; k++) {
      chance += truth[k] * answered[k];
      answeredSpread -= answered[k] ** 2; truthSpread -= truth[k] ** 2;
    }
    if (!(answeredSpread > 0 && truthSpread > 0)) { return { value: 0, influence: new Float64Array(w.length) }; }
    const scale = Math.sqrt(answeredSpread * truthSpread), value = (right * all - chance) / scale;
    return {
      value,
      influence: Float64Array.from(w, (v, i) => v * (
        ((labels[i] === answers[i] ? all : 0) + right - answered[labels[i]] - truth[answers[i]]) / scale
        - value * ((all - answered[answers[i]]) / answeredSpread + (all - truth[labels[i]]) / truthSpread))),
    };
  }

  class Ranking {
    constructor(positive, scores) {
      this.positive = positive;
      this.falling = scores.map((s, i) => i).sort((a, b) => scores[b] - scores[a]);
      const n = scores.length;
      this.end = new Int32Array(n);
      for (let k = n - 1; k >= 0; k--) {
        const tied = k + 1 < n && scores[this.falling[k]] === scores[this.falling[k + 1]];
        this.end[k] = tied ? this.end[k + 1] : k + 1;
      }
    }
    sums(w) {
      let p = 0, n = 0;
      for (let i = 0; i < w.length; i++) { if (this.positive[i]) { p += w[i]; } else { n += w[i]; } }
      return [p, n];
    }
    rocAuc(w) {
      const [p, n] = this.sums(w), { falling, end, positive } = this;
      const share = new Float64Array(w.length);
      let above = 0, aboveNegatives = 0, pairs = 0;
      for (let from = 0; from < falling.length; from = end[from]) {
        let tied = 0, tiedNegatives = 0;
        for (let k = from; k < end[from]; k++) {
          if (positive[falling[k]]) { tied += w[falling[k]]; } else { tiedNegatives += w[falling[k]]; }
        }
        for (let k = from; k < end[from]; k++) {
          share[falling[k]] = positive[falling[k]]
            ? 1 - (aboveNegatives + tiedNegatives / 2) / n : (above + tied / 2) / p;
        }
        pairs += tiedNegatives * (above + tied / 2);
        above += tied; aboveNegatives += tiedNegatives;
      }
      const value = pairs / (p * n);
      return { value, influence: share.map((s, i) => w[i] * (s - value) / (positive[i] ? p : n)) };
    }
    averagePrecision(w) {
      const p = this.sums(w)[0], { falling, end, positive } = this, n = w.length;
      const precision = new Float64Array(n), lost = new Float64Array(n), gained = new Float64Array(n);
      const starts = [];
      let found = 0, answered = 0, total = 0;
      for (let from = 0; from < n; from = end[from]) {
        starts.push(from);
        let here = 0;
        for (let k = from; k < end[from]; k++) {
          here += positive[falling[k]] ? w[falling[k]] : 0;
          answered += w[falling[k]];
        }
        found += here;
        precision[from] = answered > 0 ? found / answered : 0;
        gained[from] = answered > 0 ? here / answered : 0;
        lost[from] = answered > 0 ? here * precision[from] / answered : 0;
        total += here * precision[from];
      }
      const value = total / p, influence = new Float64Array(n);
      let gains = 0, losses = 0;
      for (const from of starts.reverse()) {
        gains += gained[from]; losses += lost[from];
        for (let k = from; k < end[from]; k++) {
          const i = falling[k];
          influence[i] = w[i] * ((positive[i] ? precision[from] - value + gains : 0) - losses) / p;
        }
      }
      return { value, influence };
    }
  }

  /* One class against all others. */
  class OneAgainstRest {
    constructor(labels, p, answers, label) {
      this.n = labels.length;
      this.positive = labels.map((l) => l === label);
      this.truth = labels.map((l) => (l === label ? 1 : 0));
      this.answers = answers.map((a) => (a === label ? 1 : 0));
      this.scores = p.map((row) => row[label]);
      this.ranking = new Ranking(this.positive, this.scores);
      this.squares = this.scores.map((s, i) => (s - this.truth[i]) ** 2);
      const both = this.truth.map((t, i) => t * this.answers[i]);
      const neither = this.truth.map((t, i) => (1 - t) * (1 - this.answers[i]));
      const one = this.truth.map(() => 1);
      this.ratios = {
        precision: [both, this.answers], recall: [both, this.truth],
        npv: [neither, this.answers.map((a) => 1 - a)], specificity: [neither, this.truth.map((t) => 1 - t)],
        f1: [both.map((b) => 2 * b), this.truth.map((t, i) => t + this.answers[i])],
        accuracy: [this.truth.map((t, i) => (t === this.answers[i] ? 1 : 0)), one],
        brier: [this.squares, one],
      };
      this.views = [this];
      this.confidences = this.scores.map((s) => Math.max(s, 1 - s));
      this.correct = this.scores.map((s, i) => (this.positive[i] === (s >= HALF) ? 1 : 0));
      this.view = this;
    }
    whole(name) { return this.ratios[name][1]; }
    of(name, w) {
      switch (name) {
        case "balancedAccuracy": return mean([this.of("recall", w), this.of("specificity", w)]);
        case "mcc": return matthews(this.truth, this.answers, 2, w);
        case "rocAuc": return this.ranking.rocAuc(w);
        case "prAuc": return this.ranking.averagePrecision(w);
        default: return ratio(this.ratios[name][0], this.ratios[name][1], w);
      }
    }
  }
  const likeliest = (row) => row.reduce((best, v, i) => (v > row[best] ? i : best), 0);

  /* Classes that count alike. */
  class AllClasses {
    constructor(labels, p, answers) {
      this.n = labels.length;
      this.labels = labels; this.answers = answers; this.alike = true;
      this.views = p[0].map((v, k) => new OneAgainstRest(labels, p, answers, k));
      this.right = labels.map((l, i) => (l === answers[i] ? 1 : 0));
      this.squares = p.map((row, i) => sum(row.map((v, k) => (v - (labels[i] === k ? 1 : 0)) ** 2)));
      this.confidences = p.map((row) => Math.max(...row));
      this.correct = p.map((row, i) => (likeliest(row) === labels[i] ? 1 : 0));
    }
    of(name, w) {
      const one = ones(w.length);
      switch (name) {
        case "accuracy": return ratio(this.right, one, w);
        case "mcc": return matthews(this.labels, this.answers, this.views.length, w);
        case "brier": return ratio(this.squares, one, w);
        case "balancedAccuracy": return mean(this.views.map((v) => v.of("recall", w)));
        default: return mean(this.views.map((v) => v.of(name, w)));
      }
    }
  }

  /* Of more than two classes one against the rest, but for what is of all. */
  class OneAmongMany {
    constructor(all, view) {
      Object.assign(this, { n: all.n, all, view, views: [view], confidences: all.confidences, correct: all.correct });
    }
    of(name, w) { return (name === "accuracy" ? this.all : this.view).of(name, w); }
  }

  function calibrationError(correct, confidences, w) {
    const surplus = new Float64Array(BINS);
    let all = 0;
    for (let i = 0; i < w.length; i++) {
      surplus[Math.max(0, Math.ceil(confidences[i] * BINS) - 1)] += w[i] * (confidences[i] - correct[i]);
      all += w[i];
    }
    return sum(surplus.map(Math.abs)) / all;
  }

  const wilson = (p, n) => {
    const centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
    const half = Z / (1 + Z * Z / n) * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    return [Math.max(0, centre - half), Math.min(1, centre + half)];
  };
  const LOGIT = { least: 0, to: (p) => Math.log(p / (1 - p)), slope: (p) => 1 / (p * (1 - p)), back: (y) => 1 / (1 + Math.exp(-y)) };
  const LOG = { least: 0, to: Math.log, slope: (p) => 1 / p, back: Math.exp };
  const FISHER = { least: -1, to: (r) => Math.log((1 + r) / (1 - r)) / 2, slope: (r) => 1 / (1 - r * r), back: Math.tanh };
  const index = (share) => Math.min(DRAWS - 1, Math.max(0, Math.round(share * (DRAWS + 1)) - 1));
  const pause = () => new Promise((resolve) => { setTimeout(resolve); });

  class Intervals {
    constructor(scores, patients, seed) { Object.assign(this, { scores, patients, seed, once: ones(scores.n) }); }
    async of(name) {
      if (name === "ece") { return this.calibration(); }
      const it = this.scores.of(name, this.once), end = it.value <= 0 || it.value >= 1;
      if (Number.isNaN(it.value)) { return null; }
      switch (name) {
        case "prAuc": return end ? this.perfect(it.value) : this.studentised(name, LOGIT);
        case "brier": return end ? this.perfect(it.value) : this.studentised(name, LOG);
        case "mcc": return this.delta(it, FISHER);
        case "rocAuc": return this.patients.count < this.scores.n && !end ? this.studentised(name, LOGIT) : this.delta(it, LOGIT);
        case "balancedAccuracy": return this.balanced(it.value);
        case "accuracy": return this.share(it, this.once);
        default: return this.scores.alike ? this.delta(it, LOGIT) : this.share(it, this.scores.view.whole(name));
      }
    }
    share(it, whole) {
      const p = it.value, counted = Array.from(whole, (v) => v > 0), among = this.patients.among(counted);
      if (p === 0 || p === 1) { return wilson(p, among); }
      const n = sum(whole), own = sum(it.influence.map((v) => v * v)) / (p * (1 - p) / n);
      const single = among === counted.filter(Boolean).length;
      const t = student(among - 1) / Z;
      return wilson(p, n / (own * (single ? 1 : Math.max(1, this.patients.designEffect(it.influence)) * t * t)));
    }
    balanced(value) {
      const part = (view, name) => {
        const it = view.of(name, this.once);
        return [it.value, ...this.share(it, view.whole(name))];
      };
      const parts = this.scores.alike ? this.scores.views.map((v) => part(v, "recall"))
        : [part(this.scores.view, "recall"), part(this.scores.view, "specificity")];
      return [value - Math.sqrt(sum(parts.map((p) => (p[0] - p[1]) ** 2))) / parts.length,
        value + Math.sqrt(sum(parts.map((p) => (p[2] - p[0]) ** 2))) / parts.length];
    }
    fewest() {
      return Math.min(...this.scores.views.flatMap((v) =>
        [this.patients.among(v.positive), this.patients.among(v.positive.map((p) => !p))]));
    }
    perfect(value) { return wilson(Math.max(0, Math.min(1, value)), Math.max(1, this.fewest())); }
    delta(it, scale) {
      const variance = this.patients.variance(it.influence), { least } = scale;
      if (it.value >= 1 || it.value <= least || !(variance > 0)) {
        return wilson((it.value - least) / (1 - least), Math.max(1, this.fewest())).map((v) => least + (1 - least) * v);
      }
      const half = student(this.patients.degrees(it.influence)) * Math.sqrt(variance) * scale.slope(it.value);
      return [scale.back(scale.to(it.value) - half), scale.back(scale.to(it.value) + half)];
    }
    async studentised(name, scale) {
      const random = new Twister(this.seed), it = this.scores.of(name, this.once), middle = scale.to(it.value);
      const error = Math.sqrt(this.patients.whole(it.influence)) * scale.slope(it.value);
      const apart = new Float64Array(DRAWS);
      for (let draw = 0; draw < DRAWS; draw++) {
        if (draw % 100 === 0) { await pause(); }
        const sample = this.patients.draw(random), again = this.scores.of(name, sample.weights);
        const own = Math.sqrt(this.patients.variance(again.influence, sample.times)) * scale.slope(again.value);
        const difference = scale.to(again.value) - middle;
        apart[draw] = own > 0 ? difference / own : difference * Infinity;
      }
      apart.sort();
      const t = student(this.patients.degrees(it.influence));
      const high = Number.isFinite(apart[index(1 - TAIL)]) ? apart[index(1 - TAIL)] : t;
      const low = Number.isFinite(apart[index(TAIL)]) ? apart[index(TAIL)] : -t;
      const ends = [scale.back(middle - high * error), scale.back(middle - low * error)];
      if (name === "brier") {
        const most = this.scores.alike ? 2 : 1;
        ends[1] = Math.min(ends[1], most * wilson(it.value / most, this.patients.effectiveCount())[1]);
      }
      return ends;
    }
    async calibration() {
      const { correct, confidences } = this.scores, value = calibrationError(correct, confidences, this.once);
      const random = new Twister(this.seed), ifTrue = new Float64Array(DRAWS), again = new Float64Array(DRAWS);
      for (let draw = 0; draw < DRAWS; draw++) {
        if (draw % 100 === 0) { await pause(); }
        const drawn = confidences.map((c) => (random.share() < c ? 1 : 0));
        ifTrue[draw] = calibrationError(drawn, confidences, this.once);
        again[draw] = calibrationError(correct, confidences, this.patients.draw(random).weights);
      }
      ifTrue.sort(); again.sort();
      const low = value <= ifTrue[index(1 - TAIL)] ? 0 : 2 * value - again[index(1 - TAIL)];
      const high = Math.max(value, 2 * value - again[index(TAIL)]);
      return [Math.max(0, Math.min(low, value)), Math.min(1, high)];
    }
  }

  /* Curves of one class against the rest, with percentiles of a bootstrap over patients. */
  const STEPS = 50, CURVE_DRAWS = 500;
  async function curves(labels, scores, label, patients, seed) {
    const n = labels.length, positive = labels.map((l) => (l === label ? 1 : 0));
    const falling = scores.map((s, i) => i).sort((a, b) => scores[b] - scores[a]);
    const last = falling.map((i, k) => k + 1 === n || scores[falling[k + 1]] !== scores[i]);
    const found = { roc: [], precisionRecall: [], netBenefit: [] };
    for (let s = 0; s <= STEPS; s++) {
      found.roc.push({ x: s / STEPS, values: [] });
      found.precisionRecall.push({ x: s / STEPS, values: [] });
      if (s > 0 && s < STEPS) { found.netBenefit.push({ x: s / STEPS, values: [] }); }
    }
    const random = new Twister(seed);
    for (let draw = 0; draw <= CURVE_DRAWS; draw++) {
      if (draw % 50 === 0) { await pause(); }
      const w = draw === 0 ? ones(n) : patients.draw(random).weights;
      let positives = 0, all = 0, tp = 0, fp = 0;
      for (let i = 0; i < n; i++) { positives += w[i] * positive[i]; all += w[i]; }
      const counts = [[0, 0]];
      falling.forEach((i, k) => {
        tp += w[i] * positive[i]; fp += w[i] * (1 - positive[i]);
        if (last[k]) { counts.push([tp, fp]); }
      });
      for (const point of found.roc) {
        const most = point.x * (all - positives) + 1e-9;
        let best = 0;
        for (const [t, f] of counts) { if (f <= most) { best = t / positives; } else { break; } }
        point.values.push(best);
      }
      for (const point of found.precisionRecall) {
        let best = NaN;
        for (const [t, f] of counts) {
          if (t > 0 && t >= point.x * positives - 1e-9 && !(t / (t + f) <= best)) { best = t / (t + f); }
        }
        point.values.push(best);
      }
      for (const point of found.netBenefit) {
        let benefit = 0;
        for (let i = 0; i < n; i++) {
          if (scores[i] >= point.x) { benefit += w[i] * (positive[i] ? 1 : -point.x / (1 - point.x)); }
        }
        point.values.push(benefit / all);
      }
    }
    for (const points of Object.values(found)) {
      for (const point of points) {
        const [y, ...drawn] = point.values, sorted = Float64Array.from(drawn.filter((v) => !Number.isNaN(v))).sort();
        const at = (share, to) => (sorted.length ? sorted[to(share * (sorted.length - 1))] : NaN);
        Object.assign(point, { y, low: at(0.025, Math.floor), high: at(0.975, Math.ceil) });
      }
    }
    return found;
  }

  /* Compares what is stated with what follows. */
  class Agreement {
    constructor() { this.numbers = 0; this.differences = []; }
    check(place, stated, follows) {
      this.numbers++;
      const undefinedHere = stated === null || stated === undefined;
      const undefinedThere = follows === null || follows === undefined || Number.isNaN(follows);
      if (undefinedHere !== undefinedThere || (!undefinedHere && !(Math.abs(stated - follows) <= NEAR))) {
        this.differences.push(`${place} is stated as ${stated}; ${follows} follows`);
      }
    }
    interval(place, stated, follows) {
      [0, 1].forEach((end) => this.check(`${place}, interval`, stated ? stated[end] : null, follows ? follows[end] : null));
    }
  }

  /* The bins of the reliability diagram, and the parts of the Brier score. */
  function calibration(name, measured, scores, agreement) {
    const view = scores.alike ? null : scores.view;
    const stated = view ? view.scores : scores.confidences, right = view ? view.truth : scores.correct;
    let reliability = 0;
    measured.reliability.forEach((bin, b) => {
      const own = stated.map((s, i) => i).filter((i) => Math.max(0, Math.ceil(stated[i] * BINS) - 1) === b);
      const said = sum(own.map((i) => stated[i])) / own.length, seen = sum(own.map((i) => right[i])) / own.length;
      agreement.check(`${name} reliability bin ${b + 1}, images`, bin.n, own.length);
      agreement.check(`${name} reliability bin ${b + 1}, stated`, bin.stated, said);
      agreement.check(`${name} reliability bin ${b + 1}, observed`, bin.observed, seen);
      reliability += own.length ? own.length * (said - seen) ** 2 / stated.length : 0;
    });
    if (measured.brierParts) {
      const share = sum(view.truth) / view.n, uncertainty = share * (1 - share);
      const parts = { reliability, resolution: reliability + uncertainty - sum(view.squares) / view.n, uncertainty };
      for (const [part, value] of Object.entries(parts)) {
        agreement.check(`${name} Brier score's ${part}`, measured.brierParts[part], value);
      }
    }
  }

  /* How many prediction sets held the truth or decided nothing, and how many images were unfamiliar. */
  function decided(name, data, rows, agreement) {
    const { measured } = data.splits[name], { conformal } = data.point, { classes } = data;
    if (conformal && measured.conformal) {
      const sets = rows.map((r) => classes.filter((c, k) => 1 - r.p[k] <= conformal.quantiles[c]));
      const held = rows.map((r, i) => (sets[i].includes(classes[r.label]) ? 1 : 0));
      agreement.check(`${name} coverage`, measured.conformal.coverage, sum(held) / rows.length);
      agreement.check(`${name} undecided`, measured.conformal.undecided, sets.filter((s) => s.length !== 1).length / rows.length);
      classes.forEach((c, k) => {
        const own = held.filter((h, i) => rows[i].label === k);
        agreement.check(`${name} coverage of ${c}`, measured.conformal.perClass[c], sum(own) / own.length);
      });
    }
    if (measured.unfamiliar) {
      const far = rows.filter((r) => r.distance > measured.unfamiliar.threshold).length;
      agreement.check(`${name} unfamiliar images`, measured.unfamiliar.images, far);
    }
  }

  async function split(data, name, agreement) {
    const { rows, measured } = data.splits[name], { point, classes } = data;
    const labels = rows.map((r) => r.label), p = rows.map((r) => r.p);
    const positive = point.positiveClass === null ? -1 : classes.indexOf(point.positiveClass);
    const answer = (row, threshold) => (classes.length === 2 && positive >= 0
      ? (row[positive] >= threshold ? positive : 1 - positive) : likeliest(row));
    const decide = (row) => answer(row, point.threshold);
    const answering = (threshold) => p.map((row) => answer(row, threshold));
    const seen = (truth, said, answered) => {
      if (positive >= 0 && classes.length === 2) { return new OneAgainstRest(truth, said, answered, positive); }
      const every = new AllClasses(truth, said, answered);
      return positive >= 0 ? new OneAmongMany(every, every.views[positive]) : every;
    };
    const answers = p.map(decide), all = new AllClasses(labels, p, answers), scores = seen(labels, p, answers);
    const patients = new Patients(rows.map((r) => r.patient), labels), once = ones(rows.length);
    const intervals = new Intervals(scores, patients, data.seed);
    for (const score of NAMES) {
      const value = score === "ece" ? calibrationError(scores.correct, scores.confidences, once) : scores.of(score, once).value;
      agreement.check(`${name} ${score}`, measured[score], value);
      agreement.interval(`${name} ${score}`, measured.ci95[score], await intervals.of(score));
    }
    agreement.check(`${name} patients`, measured.patients, patients.count);
    classes.forEach((truth, t) => classes.forEach((answer, a) => agreement.check(`${name} images of ${truth} answered ${answer}`,
      measured.confusionMatrix[truth][answer], labels.filter((l, i) => l === t && answers[i] === a).length)));
    if (measured.at05) {
      const half = new OneAgainstRest(labels, p, answering(HALF), positive);
      for (const score of ["accuracy", "recall", "specificity", "precision"]) {
        agreement.check(`${name} ${score} at 0.5`, measured.at05[score], half.of(score, once).value);
      }
    }
    const views = classes.map((c, k) => [c, all.views[k], measured.perClass[c]]).concat([["mean", all, measured.macro]]);
    for (const [title, view, stated] of views) {
      const own = new Intervals(view, patients, data.seed);
      for (const score of OF_A_CLASS) {
        agreement.check(`${name} ${score} of ${title}`, stated[score], view.of(score, once).value);
        agreement.interval(`${name} ${score} of ${title}`, stated.ci95[score], await own.of(score));
      }
    }
    calibration(name, measured, scores, agreement);
    decided(name, data, rows, agreement);
    for (const [attribute, byValue] of Object.entries(measured.subgroups || {})) {
      for (const [value, stated] of Object.entries(byValue)) {
        await subgroup(`${name}, ${attribute} ${value}`, stated, rows.filter((r) => r.attributes[attribute] === value));
      }
    }
    for (const [title, stated] of Object.entries(data.splits[name].curves)) {
      const label = classes.indexOf(title);
      const follow = await curves(labels, p.map((row) => row[label]), label, patients, data.seed);
      for (const [kind, points] of Object.entries(stated)) {
        points.forEach((point, k) => ["x", "y", "low", "high"].forEach((value) =>
          agreement.check(`${name} ${kind} of ${title} at ${point.x}`, point[value], follow[kind][k][value])));
      }
    }

    async function subgroup(place, stated, own) {
      const truth = own.map((r) => r.label), said = own.map((r) => r.p);
      const view = seen(truth, said, said.map(decide));
      const among = new Patients(own.map((r) => r.patient), truth), within = new Intervals(view, among, data.seed);
      agreement.check(`${place} images`, stated.images, own.length);
      agreement.check(`${place} patients`, stated.patients, among.count);
      for (const score of ["accuracy", "recall", "specificity", "precision", "rocAuc"]) {
        agreement.check(`${place} ${score}`, stated[score], view.of(score, ones(own.length)).value);
        agreement.interval(`${place} ${score}`, stated.ci95[score], await within.of(score));
      }
    }
  }

  const button = document.getElementById("verify"), output = document.getElementById("agreement");
  button.addEventListener("click", async () => {
    button.disabled = true;
    output.textContent = "Recomputing, with 2,000 draws of patients for each interval …";
    const agreement = new Agreement();
    try {
      const data = JSON.parse(document.getElementById("data").textContent);
      for (const name of Object.keys(data.splits)) { await split(data, name, agreement); }
      output.textContent = agreement.differences.length === 0
        ? `All ${agreement.numbers} numbers follow from the predictions on this page.`
        : `${agreement.differences.length} of ${agreement.numbers} numbers do not follow: ${agreement.differences.slice(0, 5).join("; ")}.`;
    } catch (failure) {
      output.textContent = `The page's data cannot be recomputed: ${failure.message}.`;
    }
    button.disabled = false;
  });
})();
