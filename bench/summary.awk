# summary.awk
#		Makes the table of bench/plugin.sh from its runs.
#
# Input, tab separated: workload plugin round rows cpu_ns bytes wall_ns anon_peak_kb.
# Variables: server, order (plugins), workloads, gate, gate_ratio.
#
# SPDX-License-Identifier: Apache-2.0
BEGIN {
	FS = "\t"
}

{
	rows[$1] = $4
	runs[$1, $2]++
	cpu[$1, $2, $3] = $5 / $4		# ns a row = CPU s per 1e9 rows
	bytes[$1, $2] = $6 / $4
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

function median(list, n)
{
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function line(workload, plugin,    round, n, list, ratios, m, text)
{
	n = m = 0
	for (round = 1; round <= rounds; round++)
	{
		if (!((workload, plugin, round) in cpu))
			continue
		list[++n] = cpu[workload, plugin, round] / 1000
		if ((workload, "pgoutput-binary", round) in cpu)
			ratios[++m] = cpu[workload, plugin, round] / cpu[workload, "pgoutput-binary", round]
	}
	if (n == 0)
		return
	sort(list, n)
	text = sprintf("%-16s %7.2f  %6.2f – %-6.2f %9.0f", plugin, median(list, n), list[1], list[n],
		bytes[workload, plugin])
	if (m > 0)
	{
		sort(ratios, m)
		text = text sprintf("    %5.2f  %5.2f – %.2f", median(ratios, m), ratios[1], ratios[m])
		if (workload == "b" && plugin == "frame")
			frame_ratio = median(ratios, m)
	}
	print text
}

END {
	title["b"] = "b: inserts of 12 columns, 100-row transactions"
	title["c"] = "c: updates, REPLICA IDENTITY FULL"
	title["d"] = "d: one transaction"

	print server ", " rounds " interleaved rounds"
	count = split(order, plugin, " ")
	workload_count = split(workloads, workload, " ")
	for (w = 1; w <= workload_count; w++)
	{
		printf "\n%s, %d rows\n", title[workload[w]], rows[workload[w]]
		printf "%-16s %7s  %15s %9s    %s\n", "", "CPU s", "", "bytes", "x pgoutput binary"
		printf "%-16s %7s  %15s %9s    %5s  %s\n", "plugin", "per 1M", "min – max", "per row",
			"ratio", "min – max"
		for (p = 1; p <= count; p++)
			line(workload[w], plugin[p])
	}
	if (frame_ratio == "")
	{
		if (gate == 1)
		{
			print "\nno verdict: the goal needs workload b with frame and pgoutput-binary"
			exit 1
		}
		exit 0
	}
	printf "\ngoal: frame at or below %.2f x pgoutput binary on b: %.2f, %s\n", gate_ratio,
		frame_ratio, frame_ratio <= gate_ratio ? "met" : "MISSED"
	if (gate == 1 && frame_ratio > gate_ratio)
		exit 1
}
