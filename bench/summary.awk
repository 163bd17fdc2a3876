# summary.awk
#		Makes the tables of bench/plugin.sh from its runs.
#
# Input, tab separated: workload pair round plugin rows cpu_ns bytes.
# Variables: server, pairs, workloads, gate.
#
# SPDX-License-Identifier: Apache-2.0
BEGIN {
	FS = "\t"
}

{
	rows[$1] = $5
	cpu_us[$1, $2, $3, $4] = $6 / $5 / 1000
	bytes[$1, $4] = $7 / $5
	if ($3 > rounds)
		rounds = $3
}

# Sorts list[1..n].
function sort(list, n,    i, j, value)
{
	for (i = 2; i <= n; i++)
	{
		value = list[i]
		for (j = i - 1; j >= 1 && list[j] > value; j--)
			list[j + 1] = list[j]
		list[j + 1] = value
	}
}

# The value at a part of the way through sorted list[1..n], between two of them if need be.
function quantile(list, n, part,    place, below)
{
	place = 1 + (n - 1) * part
	below = int(place)
	return below == n ? list[n] : list[below] + (place - below) * (list[below + 1] - list[below])
}

function spread(list, n)
{
	sort(list, n)
	return sprintf("%7.2f  (%.2f | %.2f – %.2f | %.2f)", quantile(list, n, 0.5), list[1],
		quantile(list, n, 0.25), quantile(list, n, 0.75), list[n])
}

function plugin_line(workload, pair, plugin,    round, list)
{
	for (round = 1; round <= rounds; round++)
		list[round] = cpu_us[workload, pair, round, plugin]
	printf "  %-16s %9.0f  %s\n", plugin, bytes[workload, plugin], spread(list, rounds)
}

function pair_lines(workload, pair,    plugin, round, list)
{
	split(pair, plugin, "/")
	plugin_line(workload, pair, plugin[1])
	plugin_line(workload, pair, plugin[2])
	for (round = 1; round <= rounds; round++)
		list[round] = cpu_us[workload, pair, round, plugin[1]] / cpu_us[workload, pair, round, plugin[2]]
	printf "  %-16s %9.2f  %s\n", "  ratio", bytes[workload, plugin[1]] / bytes[workload, plugin[2]],
		spread(list, rounds)
	ratio[workload, pair, "CPU"] = quantile(list, rounds, 0.5)
	ratio[workload, pair, "bytes"] = bytes[workload, plugin[1]] / bytes[workload, plugin[2]]
}

function judge(workload, pair, what, limit,    met)
{
	if (!((workload, pair, what) in ratio))
		return
	met = ratio[workload, pair, what] <= limit
	missed += !met
	judged++
	printf "goal: %s of %s on %s at or below %.2f: %.3f, %s\n", what, pair, workload, limit,
		ratio[workload, pair, what], met ? "met" : "MISSED"
}

END {
	title["b"] = "b: inserts of 12 columns, 100-row transactions"
	title["c"] = "c: updates, REPLICA IDENTITY FULL"
	title["d"] = "d: one transaction"
	title["e"] = "e: inserts of 100 columns, 100-row transactions"
	title["f"] = "f: inserts of 8.6 kB out of line, 100-row transactions"

	printf "%s; %d runs of each pair, one plugin right after the other\n", server, rounds
	pair_count = split(pairs, pair, " ")
	workload_count = split(workloads, workload, " ")
	for (w = 1; w <= workload_count; w++)
	{
		printf "\n%s, %d rows\n", title[workload[w]], rows[workload[w]]
		printf "  %-16s %9s  %7s  (%s)\n", "a row:", "bytes", "CPU µs", "min | quartiles | max"
		for (p = 1; p <= pair_count; p++)
			pair_lines(workload[w], pair[p])
	}

	print ""
	judge("b", "frame/pgoutput-binary", "CPU", 0.60)
	judge("c", "frame/pgoutput-binary", "CPU", 0.60)
	judge("d", "frame/pgoutput-binary", "CPU", 0.75)
	judge("e", "frame/pgoutput-binary", "CPU", 0.60)
	judge("b", "frame/wal2json", "CPU", 1 / 3)
	judge("c", "frame/wal2json", "CPU", 1 / 3)
	judge("e", "frame/wal2json", "CPU", 1 / 3)
	# a schema is sent once per table shape, not per event
	for (w = 1; w <= workload_count; w++)
		judge(workload[w], "frame-schemas/frame", "bytes", 1.01)
	if (gate == 1 && !judged)
		print "no verdict: none of the goals was measured"
	if (gate == 1 && (missed || !judged))
		exit 1
}
