"""Annotates JSON lines in Spark: each partition goes through one `countermark scan --stdin --stdout`.

    spark-submit spark.py INPUT OUTPUT --key /secure/key.json [options of countermark scan]

Executors need the command, and the key in a file of that name; the key itself is in no argument and no variable.
"""

import shlex
import sys

from pyspark.sql import SparkSession


def main(source, target, options):
    # The field is named for every partition alike, rather than found in each from its first record.
    command = shlex.join(["countermark", "scan", "--stdin", "--stdout", "--field", "text", *options])
    spark = SparkSession.builder.appName("countermark").getOrCreate()
    lines = spark.sparkContext.textFile(source)
    lines.pipe(command, checkCode=True).saveAsTextFile(target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
