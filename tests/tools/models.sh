#!/bin/sh
# Trains each model anew, with the seed 1, and compares the bytes of model and card with the shipped champion's.
# usage: models.sh CHASKI DATA_FOLDER [MODEL…]   Exit 1 when one differs. Who promoted a version and why, and the
# reference that drift is held against, are not compared: they are written behind what training says.
set -eu
chaski=$1 data=$2
shift 2
models=${*:-stage closing growth industry}
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
differ=0

show() { # prints a card without the version's number and what was written into it after training
    sed -e '/"version":/d' -e '/"promoted":/,$d' -e '/"reference":/,$d' -e 's/\([]}]\),$/\1/' -e '/^}$/d' "$1"
}

compare() { # NAME --data FILE…
    name=$1
    shift
    champion=$(cat "models/registry/$name/champion")
    "$chaski" train "$name" "$@" --out "$fresh" >/dev/null
    for file in model.bin card.json; do
        old=models/registry/$name/$champion/$file new=$fresh/$name/v0001/$file
        if [ $file = card.json ]; then
            show "$old" >"$fresh/old" && show "$new" >"$fresh/new" && old=$fresh/old new=$fresh/new
        fi
        if cmp -s "$old" "$new"; then
            echo "$name $champion $file: the same"
        else
            echo "$name $champion $file: DIFFERS"
            differ=1
        fi
    done
}

for model in $models; do
    case $model in
    stage) compare stage --data "$data/facts_bo2019.tsv" ;;
    closing | growth) compare "$model" --data "$data/outcome_za2018.tsv" ;;
    industry) compare industry --data "$data/industry_official.tsv" --data "$data/industry_survey_bo2019.tsv" ;;
    *) echo "$model: no model that is shipped: stage, closing, growth or industry" && differ=1 ;;
    esac
done
exit $differ
