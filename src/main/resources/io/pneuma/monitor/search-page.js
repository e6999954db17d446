
/* What Pneuma adds to Arbiter's page: each candidate's hyperparameters in the table of the results. */
$(function () {
  const draw = window.drawResultTable;
  if (!draw) {
    return; // Not Arbiter's page.
  }

  function addHyperparameters(lines) {
    const values = {};
    const names = [];
    lines.split('\n').filter(Boolean).forEach(function (line) {
      const candidate = JSON.parse(line);
      values['rTbl-' + candidate.index] = candidate.values;
      Object.keys(candidate.values).forEach(function (name) {
        if (names.indexOf(name) < 0) {
          names.push(name);
        }
      });
    });
    $('#resultsTableHeader .pneuma, #resultsTableBody .pneuma').remove();
    names.forEach(function (name) {
      $('<th class="pneuma"></th>').text(name).appendTo('#resultsTableHeader tr')
          .on('click', function (event) { event.stopPropagation(); }); // The page cannot sort by it.
      $('#resultsTableBody tr').each(function () {
        const value = (values[this.id] || {})[name];
        $('<td class="pneuma"></td>').text(value === undefined ? '' : value).appendTo(this);
      });
    });
  }

  window.drawResultTable = function () {
    draw();
    $.get('/pneuma/' + encodeURIComponent(currSession) + '/candidates.jsonl', addHyperparameters, 'text');
  };
});
