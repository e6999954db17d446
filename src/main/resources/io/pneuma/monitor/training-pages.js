
/* What Pneuma adds to the pages of Deeplearning4j's training UI, behind the end of its own script. */
(function () {
  // Legends stand above their charts rather than over them.
  $('.chart-box').css('min-width', 0);
  const plot = $.plot;
  $.plot = function (chart, data, options) {
    const element = $(chart);
    let legend = element.prev('.pneuma-legend');
    if (!legend.length) {
      legend = $('<div class="pneuma-legend" style="min-height: 1.5em; max-height: 7em; overflow: auto; font-size: 85%"></div>');
      legend.insertBefore(element);
    }
    const place = {container: legend, noColumns: 2};
    return plot(chart, data, $.extend({}, options, {legend: $.extend({}, options && options.legend, place)}));
  };
  $.extend($.plot, plot);

  function ofRun(file, then) {
    if (window.currSession) {
      $.get('/pneuma/' + encodeURIComponent(currSession) + '/' + file, function (text) {
        if (text) {
          then(text);
        }
      }, 'text');
    }
  }

  // Deeplearning4j cuts names at an underscore, so a graph has squeezenet1.1 for squeezenet1_1.
  const names = {};
  let known = false;

  function renamed(text) {
    return Object.keys(names).reduce(function (t, dotted) { return t.split(dotted).join(names[dotted]); }, text);
  }

  function renameAll() {
    if (!known) {
      ofRun('manifest.json', function (json) {
        known = true;
        Object.keys(JSON.parse(json).weights || {}).forEach(function (label) {
          names[label.replace(/_/g, '.')] = label;
        });
      });
    }
    $('.legendLabel, #layerInfo td').filter(function () { return !this.children.length; }).each(function () {
      const name = renamed(this.textContent);
      if (name !== this.textContent) {
        this.textContent = name;
      }
    });
    if (window.cy) {
      cy.nodes().forEach(function (node) {
        const name = renamed(String(node.data('name')));
        if (name !== node.data('name')) {
          node.data('name', name);
        }
      });
    }
  }
  setInterval(renameAll, 1000);

  if (!window.renderModelPerformanceTable) {
    return; // Not the overview.
  }

  const row = $('<div class="row" id="pneuma-validation" style="display: none"><div class="col chart-box">'
      + '<div class="chart-header"><h2><b>Validation, by epoch</b></h2></div>'
      + '<div><div id="validationchart" class="center" style="height: 220px"></div></div></div></div>');
  row.insertAfter($('#content .row').first());

  function epochs(csv) {
    const lines = csv.trim().split(/\r?\n/).map(function (line) { return line.split(','); });
    return lines.slice(1).map(function (cells) {
      const epoch = {};
      lines[0].forEach(function (name, i) { epoch[name] = parseFloat(cells[i]); });
      return epoch;
    });
  }

  function drawValidation(csv) {
    const rows = epochs(csv);
    function series(name, axis) {
      const points = rows.map(function (epoch) { return [epoch.epoch, epoch[name]]; });
      return {label: name, yaxis: axis, data: points, points: {show: true}, lines: {show: true}};
    }
    if (rows.length) {
      row.show();
      $.plot('#validationchart', [series('validationLoss', 1), series('rocAuc', 2)], {
        xaxis: {tickDecimals: 0, minTickSize: 1},
        yaxes: [{min: 0}, {position: 'right', max: 1}],
        colors: ['#FA5833', '#41B6F0'],
        grid: {tickColor: '#dddddd', borderWidth: 0}
      });
    }
  }

  // A stored run was not started by this server, so only its manifest knows its times.
  function showTimes(json) {
    const manifest = JSON.parse(json);
    const started = new Date(manifest.started);
    const finished = manifest.finished ? new Date(manifest.finished) : new Date();
    const seconds = Math.max(0, Math.round((finished - started) / 1000));
    $('#startTime').text(started.toLocaleString());
    $('#totalRuntime').text(Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min '
        + seconds % 60 + ' s');
  }

  const table = window.renderModelPerformanceTable;
  window.renderModelPerformanceTable = function (data) {
    table(data);
    ofRun('manifest.json', showTimes);
    ofRun('history.csv', drawValidation);
  };
})();
