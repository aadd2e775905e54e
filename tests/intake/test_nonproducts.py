import pyarrow as pa
import pytest

from passend.intake.nonproducts import non_product_reason, non_products
from passend.intake.remarks import is_remark


@pytest.mark.parametrize(
    "name",
    ["POSTAGE STAMP CUSHION", "TEST TUBE VASE", "SAMPLE BOOK", "PORTO WINE GLASS", "Versandtasche",
     "FREEZER BAG",
     "MANUAL COFFEE GRINDER", "DISCO LIGHT", "FEE FAIRY", "DELIVERY TRUCK TOY", "Gift Card Holder",
     "PIGGY BANK",
     "BLACK BAROQUE CARRIAGE CLOCK", "CREDIT CARD WALLET", "Pregnancy Test",
     "ZINC HEART LATTICE CHARGER LARGE",
     "BANK ACCOUNT GREETING CARD", "EASTER EGG HUNT START POST", "NO JUNK MAIL METAL SIGN", "Testosteron Tee",
     "OCCASIONS GIFT CARD ASSORTMENT", "Gutscheinbuch München", "Adjustable Stool", "Musterbeutel",
     "Coupon Organizer", "Pfandflaschenregal", "Proteinprobe-Box", "PADS TO MATCH ALL CUSHIONS"],
)  # fmt: skip
def test_a_word_alone_makes_no_fee_of_a_product(name):
    assert non_product_reason("12345", name, codes_have_digits=True) is None
    assert non_product_reason("PADS", name, codes_have_digits=True) is None


@pytest.mark.parametrize(
    ("product", "name"),
    [("POST", "POSTAGE"), ("DOT", "DOTCOM POSTAGE"), ("M", "Manual"), ("m", "Manual"), ("D", "Discount"),
     ("S", "SAMPLES"), ("C2", "CARRIAGE"), ("B", "Adjust bad debt"), ("BANK CHARGES", "Bank Charges"),
     ("AMAZONFEE", "AMAZON FEE"), ("CRUK", "CRUK Commission"), ("ADJUST",
      "Adjustment by john on 26/01/2010 16"),
     ("TEST001", "This is a test product."), ("test, please ignore", "test, please ignore"),
     ("9012", "Testbestellung, bitte ignorieren"), ("gift_0001_10", "Dotcomgiftshop Gift Voucher £10.00"),
     ("gift_0001_60", None), ("23444", "Next Day Carriage"), ("23574", "PACKING CHARGE"), ("POST", None),
     ("9001", "Versandkosten"), ("9002", "Bearbeitungsgebühr"), ("9003", "Rabatt 10%"), ("9004",
      "Gutschein 50 €"),
     ("9005", "Trinkgeld"), ("9006", "Pfand 0,25"), ("9007", "Spende an das Rote Kreuz"), ("9008",
      "Porto und Verpackung"),
     ("9009", "Mindermengenzuschlag"), ("9010", "Standard Shipping"), ("9011", "Rundungsdifferenz")],
)  # fmt: skip
def test_what_is_no_product(product, name):
    assert non_product_reason(product, name, codes_have_digits=True)


def test_bare_codes_prove_nothing_among_codes_of_words():
    assert non_product_reason("vase", "Vase", codes_have_digits=False) is None
    assert non_product_reason("sample", "samples", codes_have_digits=False)
    assert non_product_reason("B", None, codes_have_digits=False) is None
    assert non_product_reason("cd", None, codes_have_digits=False) is None


def test_a_catalogue_is_judged_by_its_most_used_names():
    rows = [(str(20000 + n), f"CUSHION {n}", 10) for n in range(30)]
    rows += [("POST", "POSTAGE", 2078), ("POST", "", 4), ("20001", "adjustment", 1), ("20002", "", 50)]
    rows += [("D", "D-RING", 9), ("C3", "", 1), ("77", "", 1)]
    products = pa.table(
        dict(zip(("product_id", "product_name", "lines"), map(list, zip(*rows, strict=True)), strict=True))
    )
    assert dict(zip(*non_products(products).to_pydict().values(), strict=True)) == {
        "C3": "a short code without a name",
        "POST": "postage or delivery",
    }
    assert non_products(products.slice(0, 0)).num_rows == 0


@pytest.mark.parametrize(
    "name",
    ["damaged", "?", "??", "lost", "check", "wet", "missing", "thrown away", "wet pallet-thrown away",
     "sold as set on dotcom",
     "Found by jackie", "20713 wrongly marked", "damages/display", "???missing", "20713",
     "wrongly coded-23343", "", None,
     "amazon adjust", "stock check", "beschädigt", "Inventur", "nicht gefunden", "nan", "sold as 17003?",
     "mixed up"],
)  # fmt: skip
def test_remarks_are_no_names(name):
    assert is_remark(name)


@pytest.mark.parametrize(
    "name",
    ["WHITE HANGING HEART", "WET WIPES", "LOST IN MUSIC POSTER", "WATER BOTTLE", "Checkered Scarf",
     "BROKEN HEART MUG",
     "RUSTY NAIL WHISKEY", "SHOW JUMPING HORSE", "4711", "DISPLAY CABINET", "MISSING YOU CARD", "Manual",
     "SET OF 3 BOXES"],
)  # fmt: skip
def test_names_are_no_remarks(name):
    assert not is_remark(name)


@pytest.mark.data("online-retail-ii")
def test_the_fees_of_a_real_shop(data_folder):
    import pyarrow.csv

    texts = dict.fromkeys(
        ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"],
        pa.string(),
    )
    options = pyarrow.csv.ConvertOptions(column_types=texts, include_columns=["StockCode", "Description"])
    table = pyarrow.csv.read_csv(
        data_folder / "online-retail-ii/online_retail_ii.csv.gz", convert_options=options
    )
    names = table.group_by(table.column_names).aggregate([([], "count_all")])
    found = (
        non_products(names.rename_columns(["product_id", "product_name", "lines"]))
        .column("product_id")
        .to_pylist()
    )
    gifts = [f"gift_0001_{amount}" for amount in range(10, 100, 10)]
    codes = [
        "ADJUST",
        "ADJUST2",
        "AMAZONFEE",
        "B",
        "BANK CHARGES",
        "C2",
        "C3",
        "CRUK",
        "D",
        "DOT",
        "GIFT",
        "M",
        "POST",
        "S",
    ]
    assert found == sorted(["22016", "23444", "23574", *codes, "TEST001", "TEST002", *gifts, "m"])
